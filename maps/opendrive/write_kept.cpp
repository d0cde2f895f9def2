// What the source said and nothing here computes with goes back to where it stood, as it stood (OpenDRIVE 1.8, clause
// 5). Only what the writer does not say itself: marks, shapes and outlines are written from the map.
#include <algorithm>

#include "maps/opendrive/writer.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr std::string_view kWritten[] = {"access", "dataQuality", "material", "railroad",
                                         "rule",   "surface",     "userData"};

}  // namespace

void write_kept(Writer& w, OwnerKind kind, Row owner) {
  const auto before = [](const Extra& extra, const std::pair<OwnerKind, Row>& key) {
    return std::pair(extra.kind, extra.owner) < key;
  };
  const std::pair key(kind, owner);
  for (const Extra* e = std::lower_bound(w.map.extras.begin(), w.map.extras.end(), key, before);
       e != w.map.extras.end() && std::pair(e->kind, e->owner) == key; ++e) {
    const std::string_view name = w.map.text_of(e->element);
    if (std::find(std::begin(kWritten), std::end(kWritten), name) != std::end(kWritten))
      w.xml.raw(w.map.text_of(e->text));
  }
}

}  // namespace bitgoeul::maps::opendrive
