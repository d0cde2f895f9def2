// OpenDRIVE 1.8, clause 11.9: road marks. A lane of our map has one mark per side; where the norm gives several along a
// lane section, the one that covers most of it counts.
#include <algorithm>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

constexpr XmlWord<MarkType> kMarkTypes[] = {
    {"none", MarkType::kNone},
    {"solid", MarkType::kSolid},
    {"broken", MarkType::kBroken},
    {"solid solid", MarkType::kSolidSolid},
    {"solid broken", MarkType::kSolidBroken},
    {"broken solid", MarkType::kBrokenSolid},
    {"broken broken", MarkType::kBrokenBroken},
    {"botts dots", MarkType::kBottsDots},
    {"curb", MarkType::kCurb},
    {"grass", MarkType::kGrass},
    {"edge", MarkType::kEdge},
    {"custom", MarkType::kSolid},
};

// Violet and black have no place in our map; they are drawn as standard.
constexpr XmlWord<MarkColor> kMarkColors[] = {
    {"standard", MarkColor::kStandard}, {"white", MarkColor::kWhite},     {"yellow", MarkColor::kYellow},
    {"blue", MarkColor::kBlue},         {"red", MarkColor::kRed},         {"green", MarkColor::kGreen},
    {"orange", MarkColor::kOrange},     {"violet", MarkColor::kStandard}, {"black", MarkColor::kStandard},
};

// Which change the mark allows, by lane ids: increase = towards greater ids, that is to the left of growing s.
struct LaneChange {
  bool increase = true, decrease = true;  // the norm's default is "both"
};
enum class ChangeWord { kBoth, kIncrease, kDecrease, kNone };
constexpr XmlWord<ChangeWord> kChanges[] = {{"both", ChangeWord::kBoth},
                                            {"increase", ChangeWord::kIncrease},
                                            {"decrease", ChangeWord::kDecrease},
                                            {"none", ChangeWord::kNone}};

struct Mark {
  double s = 0;
  MarkType type = MarkType::kNone;
  MarkColor color = MarkColor::kStandard;
  LaneChange change;
  XmlElement element;
};

Mark read_mark(XmlElement element) {
  Mark mark;
  mark.element = element;
  required_number(element, "sOffset", mark.s, -kLengthToleranceM, kMaxLengthM);
  element.required<MarkType>("type", mark.type, kMarkTypes);
  element.optional<MarkColor>("color", mark.color, kMarkColors);
  ChangeWord word = ChangeWord::kBoth;
  element.optional<ChangeWord>("laneChange", word, kChanges);
  mark.change = {word == ChangeWord::kBoth || word == ChangeWord::kIncrease,
                 word == ChangeWord::kBoth || word == ChangeWord::kDecrease};
  return mark;
}

std::vector<Mark> read_marks(XmlElement lane) {
  std::vector<Mark> marks;
  for (XmlElement e = lane.child("roadMark"); e; e = e.next("roadMark")) marks.push_back(read_mark(e));
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.s < b.s; });
  return marks;
}

// Lines, sways, widths, and marks that change along the section: more than the one mark of our lanes.
void keep_details(const std::vector<Mark>& marks, const std::string& path, std::vector<ExtraDraft>& extras) {
  static constexpr std::string_view kUsed[] = {"sOffset", "type", "color", "laneChange"};
  const auto detailed = [](const Mark& mark) {
    const auto names = mark.element.attribute_names();
    return mark.element.first_child() || std::any_of(names.begin(), names.end(), [](std::string_view name) {
             return std::find(std::begin(kUsed), std::end(kUsed), name) == std::end(kUsed);
           });
  };
  if (marks.size() < 2 && std::none_of(marks.begin(), marks.end(), detailed)) return;
  for (const Mark& mark : marks) keep_whole(mark.element, path, extras);
}

bool same(const Mark& a, const Mark& b) {
  return a.type == b.type && a.color == b.color && a.change.increase == b.change.increase &&
         a.change.decrease == b.change.decrease;
}

// The mark that covers most of the section (the first of equals); null when there is none.
const Mark* main_mark(const std::vector<Mark>& marks, double section_length) {
  const Mark* best = nullptr;
  double best_length = -1;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const double end = i + 1 < marks.size() ? marks[i + 1].s : section_length;
    const double length = std::min(end, section_length) - marks[i].s;
    if (best != nullptr && length <= best_length) continue;
    best = &marks[i];
    best_length = length;
  }
  for (const Mark& mark : marks)
    if (!same(mark, *best)) {
      mark.element.info("the road mark changes along its lane section; the one that covers most of it counts",
                        "road_mark_changes");
      break;
    }
  return best;
}

}  // namespace

void read_road_marks(LaneDraft& lane, XmlElement element, double section_length) {
  const std::vector<Mark> marks = read_marks(element);
  keep_details(marks, "", lane.extras);
  const Mark* mark = main_mark(marks, section_length);
  if (mark == nullptr) return;
  lane.mark = mark->type;
  lane.mark_color = mark->color;
  // The mark lies on the outer side: on the right, a change to a greater id goes inwards; on the left, outwards.
  lane.mark_change_in = lane.id < 0 ? mark->change.increase : mark->change.decrease;
  lane.mark_change_out = lane.id < 0 ? mark->change.decrease : mark->change.increase;
}

void read_center_marks(SectionDraft& section, XmlElement element, double section_length) {
  const std::vector<Mark> marks = read_marks(element);
  keep_details(marks, "center/", section.extras);
  const Mark* mark = main_mark(marks, section_length);
  if (mark == nullptr) return;
  section.center_mark = mark->type;
  section.center_color = mark->color;
  section.center_change = mark->change.increase && mark->change.decrease;
}

}  // namespace bitgoeul::maps::opendrive
