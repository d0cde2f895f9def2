#include "maps/opendrive/own_words.h"

#include <algorithm>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr std::int32_t kDayMinutes = 24 * 60;
constexpr double kMaxPhaseS = 3600;

// "from to weekdays bus_only speed_mps"
void read_hours(LaneDraft& lane, XmlElement element) {
  std::string text;
  if (!element.required("value", text)) return;
  std::vector<double> numbers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    numbers.push_back(parse_double(std::string_view(text).substr(begin, end - begin)).value_or(-1));
    begin = end + 1;
  }
  const auto within = [&](std::size_t i, double most) { return numbers[i] >= 0 && numbers[i] <= most; };
  if (numbers.size() != 5 || !within(0, kDayMinutes) || !within(1, kDayMinutes) || !within(2, 0x7f) || !within(3, 1) ||
      !within(4, 150))
    return element.warning(
        "hours of a lane are five numbers: from and to in minutes of the day, weekdays as bits, "
        "1 for buses only, a limit in m/s or 0; left out",
        "own_words");
  lane.limits.push_back({static_cast<std::int32_t>(numbers[0]), static_cast<std::int32_t>(numbers[1]),
                         static_cast<std::uint32_t>(numbers[2]), static_cast<std::uint32_t>(numbers[3]), numbers[4]});
}

void read_plate(LaneDraft& lane, XmlElement element) {
  const std::string value(element.attribute("value").value_or(""));
  const auto* const at = std::find(std::begin(kOwnPlates), std::end(kOwnPlates), value);
  if (at == std::end(kOwnPlates))
    return element.warning(
        "the plate of a U-turn is leftArrow, pedestrianGreen, red or anyTime, not \"" + value + "\"; left out",
        "own_words");
  lane.turn_when = static_cast<TurnWhen>(at - std::begin(kOwnPlates));
}

// The hours of flashing, and which signals flash yellow.
void read_flash(ProgramDraft& program, XmlElement element) {
  double from = 0, to = 0;
  if (!required_number(element, "fromMinute", from, 0, kDayMinutes) ||
      !required_number(element, "toMinute", to, 0, kDayMinutes))
    return;
  program.flash_from_minute = static_cast<int>(from);
  program.flash_to_minute = static_cast<int>(to);
  for (XmlElement control = element.child("control"); control; control = control.next("control"))
    if (std::string id; required_id(control, "signalId", id)) program.flash_yellow.push_back(id);
}

void read_program(JunctionDraft& junction, XmlElement element, std::vector<ProgramDraft>& programs) {
  ProgramDraft program;
  program.junction = junction.id;
  if (!required_number(element, "value", program.offset_s, 0, 1e6)) return;
  (void)optional_number(element, "passage", program.passage_s, 0, kMaxPhaseS);
  if (const XmlElement flash = element.child("flash")) read_flash(program, flash);
  for (XmlElement e = element.child("phase"); e; e = e.next("phase")) {
    PhaseDraft phase;
    if (!required_number(e, "green", phase.green_s, 0, kMaxPhaseS) ||
        !required_number(e, "yellow", phase.yellow_s, 0, kMaxPhaseS) ||
        !required_number(e, "allRed", phase.all_red_s, 0, kMaxPhaseS))
      continue;
    (void)optional_number(e, "minGreen", phase.min_green_s, 0, phase.green_s);
    phase.recall = e.attribute("recall").value_or("0") == "1";
    for (XmlElement control = e.child("control"); control; control = control.next("control"))
      if (std::string id; required_id(control, "signalId", id)) phase.signals.push_back(id);
    program.phases.push_back(std::move(phase));
  }
  programs.push_back(std::move(program));
}

}  // namespace

bool is_own_word(XmlElement element) {
  const auto code = element.attribute_value("code");
  return element.name() == "userData" && code && (code->starts_with("bitgoeul:") || *code == kOwnNotice);
}

std::vector<XmlElement> own_words(XmlElement owner, const std::string& path, std::vector<ExtraDraft>& extras) {
  std::vector<XmlElement> own;
  for (XmlElement e = owner.first_child(); e; e = e.next_sibling()) {
    if (is_own_word(e)) {
      e.mark_read();
      (void)e.attribute("code");
      own.push_back(e);
    } else if (e.name() == "userData" && !e.kept()) {  // asked for in another owner of this name
      e.mark_read();
      keep_whole(e, path, extras);
    }
  }
  return own;
}

void read_own_road(RoadDraft& road, XmlElement element) {
  for (const XmlElement& e : own_words(element, "", road.extras)) {
    const std::string_view code = *e.attribute_value("code");
    std::int32_t level = 0;
    if (code == kOwnClass && e.attribute("value") == "ramp") road.road_class = RoadClass::kRamp;
    if (code == kOwnLevel && e.required("value", level))
      road.level = static_cast<std::int8_t>(std::clamp(level, -9, 9));
    if (code == kOwnBridge) road.bridge = e.attribute("value") == "1";
    if (code == kOwnTunnel) road.tunnel = e.attribute("value") == "1";
  }
}

void read_own_lane(LaneDraft& lane, XmlElement element) {
  for (const XmlElement& e : own_words(element, "", lane.extras))
    if (*e.attribute_value("code") == kOwnHours)
      read_hours(lane, e);
    else if (*e.attribute_value("code") == kOwnWhen)
      read_plate(lane, e);
}

void read_own_junction(JunctionDraft& junction, XmlElement element, std::vector<ProgramDraft>& programs) {
  for (const XmlElement& e : own_words(element, "", junction.extras)) {
    const std::string_view code = *e.attribute_value("code");
    if (code == kOwnControl && e.attribute("value") == "rightBeforeLeft")
      junction.control = JunctionControl::kRightBeforeLeft;
    if (code == kOwnProgram) read_program(junction, e, programs);
  }
}

}  // namespace bitgoeul::maps::opendrive
