#include "maps/picture/style.h"

namespace bitgoeul::maps::picture {

Detail detail_at(double mpp) {
  Detail d;
  d.plan = mpp <= 0.7;
  d.lane_lines = mpp <= 3;
  d.markings = mpp <= 0.45;
  d.arrows = mpp <= 0.25;
  d.movements = mpp <= 0.3;
  d.signals = mpp <= 0.5;
  d.signs = mpp <= 0.15;
  d.crosswalks = mpp <= 0.6;
  d.objects = mpp <= 2.5;
  d.junction_dots = mpp > 0.7 && mpp <= 40;
  return d;
}

const ClassStyle& style_of(RoadClass road_class) {
  static const ClassStyle kStyles[] = {
      {rgb(0xffffff), rgb(0xb4b4b0), 1.0, "other"},       {rgb(0xd9503f), rgb(0x9c2f22), 3.2, "motorway"},
      {rgb(0xee8a3a), rgb(0xb0601c), 2.8, "trunk"},       {rgb(0xf3b93c), rgb(0xa87a14), 2.2, "primary"},
      {rgb(0xf7dc7a), rgb(0xa4924a), 1.7, "secondary"},   {rgb(0xffffff), rgb(0x8d8d88), 1.2, "tertiary"},
      {rgb(0xffffff), rgb(0xb9b9b4), 0.7, "residential"}, {rgb(0xf2f2f0), rgb(0xc6c6c2), 0.5, "service"},
      {rgb(0xc9709e), rgb(0x8a3f68), 1.5, "ramp"},        {rgb(0xfdf3cf), rgb(0xa4924a), 0.6, "junction"}};
  return kStyles[static_cast<int>(road_class)];
}

int draw_rank(RoadClass road_class) {
  int rank = 0;
  for (const RoadClass order : kDrawOrder) {
    if (order == road_class) break;
    ++rank;
  }
  return rank;
}

Color surface_color(LaneType type, bool in_junction) {
  switch (type) {
    case LaneType::kBus:
    case LaneType::kTaxi:
      return in_junction ? rgb(0x60676e) : rgb(0x4f6d94);
    case LaneType::kSidewalk:
    case LaneType::kWalking:
      return rgb(0xd3cfc7);
    case LaneType::kBiking:
      return rgb(0xa8705c);
    case LaneType::kParking:
      return rgb(0x7f868c);
    case LaneType::kMedian:
      return rgb(0xb7c8a0);
    case LaneType::kCurb:
      return rgb(0xbcb8b0);
    case LaneType::kShoulder:
    case LaneType::kBorder:
    case LaneType::kStop:
      return rgb(0x82878b);
    case LaneType::kRestricted:
    case LaneType::kRoadWorks:
    case LaneType::kSpecial:
      return rgb(0x93938a);
    case LaneType::kTram:
    case LaneType::kRail:
      return rgb(0x8d8478);
    case LaneType::kNone:
      return rgb(0xcdd3bf);
    default:
      return in_junction ? rgb(0x60676e) : rgb(0x686f76);
  }
}

Color mark_color(MarkColor color) {
  switch (color) {
    case MarkColor::kYellow:
      return rgb(0xf6c31c);
    case MarkColor::kBlue:
      return rgb(0x4aa3ff);
    case MarkColor::kRed:
      return rgb(0xe05a4e);
    case MarkColor::kGreen:
      return rgb(0x5cc46c);
    case MarkColor::kOrange:
      return rgb(0xf59a2f);
    default:
      return kPaint;
  }
}

Color turn_color(Turn turn) {
  switch (turn) {
    case Turn::kLeft:
      return rgb(0xffc14d, 0.75);
    case Turn::kRight:
      return rgb(0x7fd0ff, 0.75);
    case Turn::kUTurn:
      return rgb(0xff8fc0, 0.75);
    default:
      return rgb(0xffffff, 0.5);
  }
}

}  // namespace bitgoeul::maps::picture
