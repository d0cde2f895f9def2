// Header and version (ASAM OpenDRIVE 1.8, clause 6).
#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

void header_missing(FileCheck& check) {
  if (!check.model.root.child("header"))
    check.find(check.model.root, "<header> is missing below <OpenDRIVE>",
               "add <header revMajor=\"1\" revMinor=\"8\"/>");
}

void version_missing(FileCheck& check) {
  const XmlElement header = check.model.root.child("header");
  if (!header) return;
  for (const char* name : {"revMajor", "revMinor"})
    if (const auto number = integer_of(header, name); !number || *number < 0)
      check.find(header, std::string("attribute \"") + name + "\" is missing or no whole number",
                 "write the version of the norm, such as revMajor=\"1\" revMinor=\"8\"");
}

void version_unsupported(FileCheck& check) {
  const XmlElement header = check.model.root.child("header");
  const auto major = integer_of(header, "revMajor"), minor = integer_of(header, "revMinor");
  if (!major || !minor || (*major == 1 && *minor >= 1 && *minor <= 8)) return;
  check.find(header,
             "the version is " + std::to_string(*major) + "." + std::to_string(*minor) +
                 "; rules that came later "
                 "than it are not checked",
             "versions 1.4 to 1.8 are supported");
}

}  // namespace bitgoeul::maps::opendrive
