// OpenDRIVE 1.8, clauses 5 and 6: what the simulation does not use stays in the map as it stands in the file.
#include "maps/opendrive/own_words.h"
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

void keep_whole(XmlElement element, const std::string& path, std::vector<ExtraDraft>& extras) {
  extras.push_back({path + std::string(element.name()), element.xml()});
  for (XmlElement e = element.first_child(); e; e = e.next_sibling())
    if (known_element(e.name())) (void)e.kept();
  for (std::string_view name : element.attribute_names())
    if (known_attribute(name)) (void)element.kept_attribute(name);
}

void keep_rest(XmlElement owner, const std::string& path, std::vector<ExtraDraft>& extras) {
  for (XmlElement e = owner.first_child(); e; e = e.next_sibling()) {
    if (e.name() == "include" && owner.parent())
      e.error("<include> is supported only directly below <OpenDRIVE>; what that file holds is missing", "include",
              "put its content into this file");
    else if (known_element(e.name()) && !is_own_word(e) && e.kept())
      extras.push_back({path + std::string(e.name()), e.xml()});
  }
  for (std::string_view name : owner.attribute_names())
    if (known_attribute(name) && owner.kept_attribute(name))
      extras.push_back({path + "@" + std::string(name), std::string(*owner.attribute_value(name))});
}

}  // namespace bitgoeul::maps::opendrive
