# Writes a header with one hash over the sources of the importers: the cache of frozen maps is keyed by it, so that a map is
# made anew when the code that makes it has changed. usage: cmake -DROOT= -DOUT= -P hash_sources.cmake
file(GLOB_RECURSE sources ${ROOT}/sim/*.cpp ${ROOT}/sim/*.h ${ROOT}/maps/*.cpp ${ROOT}/maps/*.h)
list(SORT sources)
set(all "")
foreach(source IN LISTS sources)
  file(SHA256 ${source} hash)
  file(RELATIVE_PATH name ${ROOT} ${source})
  string(APPEND all "${name} ${hash}\n")
endforeach()
string(SHA256 hash "${all}")
set(text "// Made by .cmake/hash_sources.cmake.\n#pragma once\n\nnamespace bitgoeul::maps {\ninline constexpr char kMapSourcesHash[] = \"${hash}\";\n}\n")
file(CONFIGURE OUTPUT ${OUT} CONTENT "${text}" @ONLY)
