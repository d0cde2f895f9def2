// What a Map holds and the norm has no words for, in <userData> with codes of our own: written by the export, read back
// by the reader; other players skip it. `bitgoeul:class` (ramp), `bitgoeul:level`, `bitgoeul:bridge`, `bitgoeul:tunnel`
// of a road; `bitgoeul:hours` and `bitgoeul:when` (a U-turn's plate) of a lane; `bitgoeul:control` and
// `bitgoeul:program` of a junction; `notice` of the header. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "maps/map_builder.h"
#include "maps/xml.h"

namespace bitgoeul::maps::opendrive {

inline constexpr std::string_view kOwnClass = "bitgoeul:class", kOwnLevel = "bitgoeul:level",
                                  kOwnBridge = "bitgoeul:bridge", kOwnTunnel = "bitgoeul:tunnel",
                                  kOwnHours = "bitgoeul:hours", kOwnWhen = "bitgoeul:when",
                                  kOwnControl = "bitgoeul:control", kOwnProgram = "bitgoeul:program",
                                  kOwnNotice = "notice";

// Values of kOwnWhen, by TurnWhen; the first is not written.
inline constexpr std::string_view kOwnPlates[] = {"light", "leftArrow", "pedestrianGreen", "red", "anyTime"};

bool is_own_word(XmlElement element);
// The <userData> of our own below `owner`; those of others go to `extras`, as keep_rest would do it. Called before it.
std::vector<XmlElement> own_words(XmlElement owner, const std::string& path, std::vector<ExtraDraft>& extras);
void read_own_road(RoadDraft& road, XmlElement element);
void read_own_lane(LaneDraft& lane, XmlElement element);
void read_own_junction(JunctionDraft& junction, XmlElement element, std::vector<ProgramDraft>& programs);

}  // namespace bitgoeul::maps::opendrive
