// OpenDRIVE 1.8, clause 14: signals and references to signals of other roads.
#include <algorithm>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

// s on the road; a place beyond an end is moved to it.
bool read_place(const RoadDraft& road, XmlElement element, double& s, double& t) {
  if (!required_number(element, "s", s, -kMaxLengthM, kMaxLengthM)) return false;
  if (!required_number(element, "t", t, -kMaxLengthM, kMaxLengthM)) return false;
  if (s < -kLengthToleranceM || s > road.length + kLengthToleranceM)
    element.warning("stands at s = " + std::to_string(s) + " on a road of " + std::to_string(road.length) +
                        " m; it is moved to the road's end",
                    "place_on_road", "s lies between 0 and the road's length");
  s = std::clamp(s, 0.0, road.length);
  return true;
}

// 14.4: where the thing itself stands. Pitch and roll are kept as they are.
void read_physical_place(SignalDraft& signal, XmlElement element) {
  SignalPlace& place = signal.place;
  if (const XmlElement e = element.child("positionInertial")) {
    const bool x = required_number(e, "x", place.x, -kMaxCoordinateM, kMaxCoordinateM);
    const bool y = required_number(e, "y", place.y, -kMaxCoordinateM, kMaxCoordinateM);
    const bool z = required_number(e, "z", place.z, -kMaxCoordinateM, kMaxCoordinateM);
    optional_number(e, "hdg", place.heading, -kMaxTurnRad, kMaxTurnRad);
    if (x && y && z) place.kind = SignalPlace::Kind::kInertial;
    keep_rest(e, "positionInertial/", signal.extras);
  } else if (const XmlElement r = element.child("positionRoad")) {
    const bool road = required_id(r, "roadId", place.road);
    const bool s = required_number(r, "s", place.s, -kMaxLengthM, kMaxLengthM);
    const bool t = required_number(r, "t", place.t, -kMaxLengthM, kMaxLengthM);
    optional_number(r, "zOffset", place.z, -kMaxLengthM, kMaxLengthM);
    optional_number(r, "hOffset", place.heading, -kMaxTurnRad, kMaxTurnRad);
    if (road && s && t) place.kind = SignalPlace::Kind::kRoad;
    keep_rest(r, "positionRoad/", signal.extras);
  }
}

void read_signal(Reader& reader, const RoadDraft& road, XmlElement element) {
  SignalDraft signal;
  signal.road = road.id;
  signal.line = element.line();
  if (!required_id(element, "id", signal.id) || !read_place(road, element, signal.s, signal.t)) return;
  if (!reader.signal_ids.insert(signal.id).second)
    element.warning("the signal id \"" + signal.id + "\" is used before; references mean the first one", "id_unique",
                    "give each signal its own id");
  element.optional("name", signal.name);
  element.required("type", signal.type);
  element.optional("subtype", signal.subtype);
  element.optional("country", signal.country);
  element.optional("unit", signal.unit);
  signal.dynamic = read_yes_no(element, "dynamic");
  signal.orientation = read_orientation(element);
  optional_number(element, "zOffset", signal.z_offset, -kMaxLengthM, kMaxLengthM);
  optional_number(element, "hOffset", signal.h_offset, -kMaxLengthM, kMaxLengthM);
  optional_number(element, "value", signal.value, -kMaxCoefficient, kMaxCoefficient);
  optional_number(element, "height", signal.height, 0, kMaxLengthM);
  optional_number(element, "width", signal.width, 0, kMaxLengthM);
  signal.validity = read_validity(element);
  read_physical_place(signal, element);
  keep_rest(element, "", signal.extras);
  reader.map.signals.push_back(std::move(signal));
}

void read_signal_reference(Reader& reader, RoadDraft& road, XmlElement element) {
  SignalReferenceDraft reference;
  reference.road = road.id;
  reference.line = element.line();
  if (!required_id(element, "id", reference.signal_id)) return;
  if (!read_place(road, element, reference.s, reference.t)) return;
  reference.orientation = read_orientation(element);
  reference.validity = read_validity(element);
  keep_rest(element, "signals/signalReference[" + reference.signal_id + "]/", road.extras);
  reader.map.signal_references.push_back(std::move(reference));
}

}  // namespace

void read_signals(Reader& reader, RoadDraft& road, XmlElement signals) {
  for (XmlElement e = signals.child("signal"); e; e = e.next("signal")) read_signal(reader, road, e);
  for (XmlElement e = signals.child("signalReference"); e; e = e.next("signalReference"))
    read_signal_reference(reader, road, e);
  keep_rest(signals, "signals/", road.extras);
}

}  // namespace bitgoeul::maps::opendrive
