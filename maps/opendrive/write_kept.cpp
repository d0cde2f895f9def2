// What the source said and nothing here computes with goes back to where it stood, as it stood (OpenDRIVE 1.8, clause
// 5). Only what the writer does not say itself: marks, shapes and outlines are written from the map.
#include <algorithm>

#include "maps/opendrive/writer.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr std::string_view kWritten[] = {"access",      "crossPath", "dataQuality", "material", "railroad",
                                         "roadSection", "rule",      "surface",     "userData"};

template <class F>
void each_kept(const Map& map, OwnerKind kind, Row owner, F&& f) {
  const auto before = [](const Extra& extra, const std::pair<OwnerKind, Row>& key) {
    return std::pair(extra.kind, extra.owner) < key;
  };
  const std::pair key(kind, owner);
  for (const Extra* e = std::lower_bound(map.extras.begin(), map.extras.end(), key, before);
       e != map.extras.end() && std::pair(e->kind, e->owner) == key; ++e)
    f(map.text_of(e->element), map.text_of(e->text));
}

}  // namespace

void write_kept(Writer& w, OwnerKind kind, Row owner) {
  each_kept(w.map, kind, owner, [&](std::string_view name, std::string_view text) {
    if (std::find(std::begin(kWritten), std::end(kWritten), name) != std::end(kWritten)) w.xml.raw(text);
  });
}

std::vector<std::string_view> kept(const Map& map, OwnerKind kind, Row owner, std::string_view name) {
  std::vector<std::string_view> texts;
  each_kept(map, kind, owner, [&](std::string_view element, std::string_view text) {
    if (element == name) texts.push_back(text);
  });
  return texts;
}

}  // namespace bitgoeul::maps::opendrive
