#include "tests/bench/opendrive_grid.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <vector>

namespace bitgoeul::bench {
namespace {

constexpr double kSpacingM = 100.0, kRadiusM = 15.0, kQuarter = 1.5707963267948966;

// East, north, west, south.
constexpr int kDx[4] = {1, 0, -1, 0}, kDy[4] = {0, 1, 0, -1};

void add(std::string& out, const char* format, ...) {
  char line[700];
  va_list values;
  va_start(values, format);
  const int n = std::vsnprintf(line, sizeof line, format, values);
  va_end(values);
  out.append(line, static_cast<std::size_t>(n));
}

struct Grid {
  int n = 0;
  std::string out;
  int next_id = 0;
  std::vector<std::array<int, 4>> arms;  // road towards each side of a junction, -1: none
  std::vector<std::string> connections;

  int node(int x, int y) const { return y * n + x; }
  static int junction_id(int node) { return 1'000'000 + node; }
};

void link_of(std::string& out, const char* name, bool road, int id, const char* contact) {
  if (road)
    add(out, "<%s elementType=\"road\" elementId=\"%d\" contactPoint=\"%s\"/>", name, id, contact);
  else
    add(out, "<%s elementType=\"junction\" elementId=\"%d\"/>", name, id);
}

void lane(std::string& out, int id, int before, int after, const char* mark) {
  add(out, "<lane id=\"%d\" type=\"driving\" level=\"false\"><link>", id);
  if (before != 0) add(out, "<predecessor id=\"%d\"/>", before);
  if (after != 0) add(out, "<successor id=\"%d\"/>", after);
  add(out,
      "</link><width sOffset=\"0\" a=\"3.5\" b=\"0\" c=\"0\" d=\"0\"/><roadMark sOffset=\"0\" type=\"%s\" "
      "weight=\"standard\" color=\"white\" width=\"0.15\"/></lane>\n",
      mark);
}

void open_road(Grid& g, int id, int junction, double length) {
  add(g.out, "<road name=\"r%d\" length=\"%.17g\" id=\"%d\" junction=\"%d\"><link>", id, length, id, junction);
}

void geometry(Grid& g, double x, double y, double heading, double length, double curvature) {
  add(g.out, "</link>\n<type s=\"0\" type=\"town\"><speed max=\"50\" unit=\"km/h\"/></type>\n");
  add(g.out, "<planView><geometry s=\"0\" x=\"%.17g\" y=\"%.17g\" hdg=\"%.17g\" length=\"%.17g\">", x, y, heading,
      length);
  if (curvature == 0)
    g.out += "<line/>";
  else
    add(g.out, "<arc curvature=\"%.17g\"/>", curvature);
  g.out += "</geometry></planView>\n<elevationProfile><elevation s=\"0\" a=\"0\" b=\"0\" c=\"0\" d=\"0\"/>";
  g.out += "</elevationProfile>\n<lanes><laneSection s=\"0\">\n";
}

// From the junction at (x, y) towards the east (side 0) or north (side 1).
void street(Grid& g, int x, int y, int side) {
  const int id = g.next_id++, from = g.node(x, y), to = g.node(x + kDx[side], y + kDy[side]);
  g.arms[static_cast<std::size_t>(from)][static_cast<std::size_t>(side)] = id;
  g.arms[static_cast<std::size_t>(to)][static_cast<std::size_t>(side + 2)] = id;
  const double length = kSpacingM - 2 * kRadiusM;
  open_road(g, id, -1, length);
  link_of(g.out, "predecessor", false, Grid::junction_id(from), "");
  link_of(g.out, "successor", false, Grid::junction_id(to), "");
  geometry(g, x * kSpacingM + kDx[side] * kRadiusM, y * kSpacingM + kDy[side] * kRadiusM, side * kQuarter, length, 0);
  g.out += "<left>";
  lane(g.out, 1, 0, 0, "solid");
  g.out += "</left><center><lane id=\"0\" type=\"none\" level=\"false\"><roadMark sOffset=\"0\" type=\"broken\" ";
  g.out += "weight=\"standard\" color=\"yellow\"/></lane></center>\n<right>";
  lane(g.out, -1, 0, 0, "solid");
  g.out += "</right></laneSection></lanes></road>\n";
}

// In from the road on one side, out by the road on another.
void way_through(Grid& g, int x, int y, int in, int out_side) {
  const int node = g.node(x, y), id = g.next_id++;
  const auto& arms = g.arms[static_cast<std::size_t>(node)];
  const int from = arms[static_cast<std::size_t>(in)], to = arms[static_cast<std::size_t>(out_side)];
  const int turn = (out_side - in + 4) % 4;  // 1: right, 2: straight, 3: left
  const double length = turn == 2 ? 2 * kRadiusM : kRadiusM * kQuarter;
  const double curvature = turn == 2 ? 0 : (turn == 3 ? 1 : -1) / kRadiusM;
  // Roads towards east and north start here, so their lane +1 drives in and lane -1 out.
  const int from_lane = in < 2 ? 1 : -1, to_lane = out_side < 2 ? -1 : 1;
  open_road(g, id, Grid::junction_id(node), length);
  link_of(g.out, "predecessor", true, from, in < 2 ? "start" : "end");
  link_of(g.out, "successor", true, to, out_side < 2 ? "start" : "end");
  geometry(g, x * kSpacingM + kDx[in] * kRadiusM, y * kSpacingM + kDy[in] * kRadiusM, (in + 2) % 4 * kQuarter, length,
           curvature);
  g.out += "<center><lane id=\"0\" type=\"none\" level=\"false\"/></center><right>";
  lane(g.out, -1, from_lane, to_lane, "none");
  g.out += "</right></laneSection></lanes></road>\n";
  std::string& all = g.connections[static_cast<std::size_t>(node)];
  add(all,
      "<connection id=\"%d\" incomingRoad=\"%d\" connectingRoad=\"%d\" contactPoint=\"start\"><laneLink from=\"%d\" "
      "to=\"-1\"/></connection>\n",
      id, from, id, from_lane);
}

void ways_through(Grid& g, int x, int y) {
  const auto& arms = g.arms[static_cast<std::size_t>(g.node(x, y))];
  for (int in = 0; in < 4; ++in)
    for (int out_side = 0; out_side < 4; ++out_side)
      if (in != out_side && arms[static_cast<std::size_t>(in)] >= 0 && arms[static_cast<std::size_t>(out_side)] >= 0)
        way_through(g, x, y, in, out_side);
}

}  // namespace

std::string opendrive_grid(int n) {
  Grid g;
  g.n = n;
  const auto nodes = static_cast<std::size_t>(n * n);
  g.arms.assign(nodes, {-1, -1, -1, -1});
  g.connections.resize(nodes);
  g.out = "<?xml version=\"1.0\"?>\n<OpenDRIVE><header revMajor=\"1\" revMinor=\"7\" name=\"grid\"/>\n";
  for (int y = 0; y < n; ++y)
    for (int x = 0; x < n; ++x) {
      if (x + 1 < n) street(g, x, y, 0);
      if (y + 1 < n) street(g, x, y, 1);
    }
  for (int y = 0; y < n; ++y)
    for (int x = 0; x < n; ++x) ways_through(g, x, y);
  for (int i = 0; i < n * n; ++i)
    add(g.out, "<junction id=\"%d\" name=\"j%d\">\n", Grid::junction_id(i), i),
        g.out += g.connections[static_cast<std::size_t>(i)] + "</junction>\n";
  return g.out + "</OpenDRIVE>\n";
}

}  // namespace bitgoeul::bench
