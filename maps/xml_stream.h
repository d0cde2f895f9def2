// xml_stream: the children of an XML file's root, one after another, for files that are a long row of small elements
// (OSM, Lanelet2). The text is cut between the children and parsed piece by piece, so that a file takes the memory of a
// piece and not seven times its size. Same elements, errors and line numbers as XmlDocument. Read by the readers of OSM
// and Lanelet2. Thread rule: one thread.
#pragma once

#include <functional>

#include "maps/xml.h"

namespace bitgoeul::maps {

// Fills `to` with up to `most` bytes; 0 at the end of the file.
using XmlSource = std::function<sim::Result<std::size_t>(char* to, std::size_t most)>;

struct XmlStreamOptions {
  std::string_view root;                       // the name that the root must have
  const XmlVocabulary* vocabulary = nullptr;   // as in XmlDocument::finish(); nullptr: what nobody reads is not told
  std::size_t longest = std::size_t{4} << 20;  // bytes of one child, or of what stands before or behind the root
};

// `each` gets every child in the order of the file; its element is valid during that call only. Fails with file, line,
// column and reason where the text is no XML in UTF-8 or Latin-1, or a child is longer than it may be.
sim::Result<void> stream_xml(const XmlSource& source, const std::string& file, const XmlStreamOptions& options,
                             sim::Issues& issues, const std::function<void(const XmlElement&)>& each);

}  // namespace bitgoeul::maps
