#include "maps/road_network/survey_graph.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "maps/road_network/lane_builder.h"

namespace bitgoeul::maps {

using sim::Vec2;

namespace {

constexpr double kLineToleranceM = 0.3;
constexpr double kBendOffsetM = 1.2;     // how far a rounded corner may leave its vertex
constexpr double kAbsorbM = 12.0;        // shorter pieces between changes of attributes take the neighbour's
constexpr double kTurnRoomM = 8.0;       // least length of road between two junctions' bodies
constexpr double kJunctionSizeM = 75.0;  // no junction is larger
constexpr double kLoopM = 60.0;

double line_length(const std::vector<Vec2>& line) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) sum += (line[i + 1] - line[i]).norm();
  return sum;
}

bool same_facts(const std::vector<LaneFact>& a, const std::vector<LaneFact>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].arrows != b[i].arrows || a[i].bus.size() != b[i].bus.size()) return false;
    for (std::size_t k = 0; k < a[i].bus.size(); ++k)
      if (a[i].bus[k].from_minute != b[i].bus[k].from_minute || a[i].bus[k].to_minute != b[i].bus[k].to_minute ||
          a[i].bus[k].weekdays != b[i].bus[k].weekdays)
        return false;
  }
  return true;
}

bool same_attributes(const Street& a, const Street& b) {
  return a.name == b.name && a.road_class == b.road_class && a.link == b.link && a.roundabout == b.roundabout &&
         a.lanes_forward == b.lanes_forward && a.lanes_backward == b.lanes_backward &&
         a.speed_limit_mps == b.speed_limit_mps && a.speed_backward_mps == b.speed_backward_mps && a.level == b.level &&
         a.bridge == b.bridge && a.tunnel == b.tunnel && a.lane_width_m == b.lane_width_m && a.walks == b.walks &&
         same_facts(a.facts_forward, b.facts_forward) && same_facts(a.facts_backward, b.facts_backward);
}

// Pieces of streets and the vertices between them.
struct Cutter {
  const RoadNetwork& network;
  SurveyGraph& survey;
  std::map<std::int64_t, int> uses, rows;

  void count_uses() {
    for (const Street& street : network.streets)
      for (std::size_t i = 0; i < street.vertices.size(); ++i)
        uses[street.vertices[i]] += i == 0 || i + 1 == street.vertices.size() ? 2 : 1;
  }
  int vertex_at(const Street& street, std::size_t i) {
    const auto [found, is_new] = rows.try_emplace(street.vertices[i], static_cast<int>(survey.vertices.size()));
    if (is_new)
      survey.vertices.push_back({street.vertices[i], street.line[i], fact_at(network, street.vertices[i]), {}, -1});
    return found->second;
  }
  void piece(const Street& street, std::size_t begin, std::size_t end) {
    SurveyPiece piece;
    piece.from = vertex_at(street, begin);
    piece.to = vertex_at(street, end);
    piece.street = street;
    piece.first_id = piece.last_id = street.source_id;
    const auto b = static_cast<std::ptrdiff_t>(begin), e = static_cast<std::ptrdiff_t>(end) + 1;
    piece.street.line.assign(street.line.begin() + b, street.line.begin() + e);
    piece.street.vertices.assign(street.vertices.begin() + b, street.vertices.begin() + e);
    survey.pieces.push_back(std::move(piece));
  }
  void cut(const Street& street) {
    std::size_t begin = 0;
    for (std::size_t i = 1; i < street.line.size(); ++i) {
      if (uses[street.vertices[i]] < 2) continue;
      const std::size_t middle = begin + (i - begin) / 2;
      if (street.vertices[i] == street.vertices[begin] && middle > begin) {  // a loop
        piece(street, begin, middle);
        begin = middle;
      }
      piece(street, begin, i);
      begin = i;
    }
  }
};

void list_pieces(SurveyGraph& survey) {
  for (SurveyVertex& vertex : survey.vertices) vertex.pieces.clear();
  for (std::size_t p = 0; p < survey.pieces.size(); ++p) {
    if (!survey.pieces[p].alive) continue;
    survey.vertices[static_cast<std::size_t>(survey.pieces[p].from)].pieces.push_back(static_cast<int>(p));
    survey.vertices[static_cast<std::size_t>(survey.pieces[p].to)].pieces.push_back(static_cast<int>(p));
  }
}

void reverse_piece(SurveyPiece& piece) {
  std::swap(piece.from, piece.to);
  std::swap(piece.first_id, piece.last_id);
  reverse_street(piece.street);
}

// The attributes of `from` on the line of `to`.
void take_attributes(Street& to, const Street& from) {
  Street street = from;
  street.line = std::move(to.line);
  street.vertices = std::move(to.vertices);
  to = std::move(street);
}

// Where two pieces meet and nothing else, they become one if they are alike, or if one of them is very short.
void join_at(SurveyGraph& survey, int row) {
  SurveyVertex& vertex = survey.vertices[static_cast<std::size_t>(row)];
  if (vertex.pieces.size() != 2 || vertex.pieces[0] == vertex.pieces[1]) return;
  SurveyPiece &first = survey.pieces[static_cast<std::size_t>(vertex.pieces[0])],
              &second = survey.pieces[static_cast<std::size_t>(vertex.pieces[1])];
  const bool one_way = first.street.lanes_backward == 0;
  if (one_way != (second.street.lanes_backward == 0)) return;
  const int far_a = first.from == row ? first.to : first.from, far_b = second.from == row ? second.to : second.from;
  if (far_a == row || far_b == row || far_a == far_b) return;
  SurveyPiece *before = &first, *behind = &second;
  if (one_way && first.to != row) std::swap(before, behind);
  if (one_way && (before->to != row || behind->from != row)) return;
  if (before->to != row) reverse_piece(*before);
  if (behind->from != row) reverse_piece(*behind);
  if (!same_attributes(before->street, behind->street)) {
    const double a = line_length(before->street.line), b = line_length(behind->street.line);
    const bool alike =
        before->street.level == behind->street.level && before->street.roundabout == behind->street.roundabout;
    if (!alike || std::min(a, b) >= kAbsorbM) return;
    a < b ? take_attributes(before->street, behind->street) : take_attributes(behind->street, before->street);
  }
  const int gone = static_cast<int>(behind - survey.pieces.data()),
            kept = static_cast<int>(before - survey.pieces.data());
  before->street.line.insert(before->street.line.end(), behind->street.line.begin() + 1, behind->street.line.end());
  before->street.vertices.insert(before->street.vertices.end(), behind->street.vertices.begin() + 1,
                                 behind->street.vertices.end());
  before->to = behind->to;
  before->last_id = behind->last_id;
  behind->alive = false;
  vertex.pieces.clear();
  auto& far = survey.vertices[static_cast<std::size_t>(before->to)].pieces;
  std::replace(far.begin(), far.end(), gone, kept);
}

// Two ways over the same vertices: the lesser one goes.
int drop_copies(SurveyGraph& survey) {
  std::map<std::vector<std::int64_t>, std::size_t> known;
  int dropped = 0;
  for (std::size_t p = 0; p < survey.pieces.size(); ++p) {
    SurveyPiece& piece = survey.pieces[p];
    std::vector<std::int64_t> key = piece.street.vertices;
    if (key.front() > key.back()) std::reverse(key.begin(), key.end());
    const auto [found, is_new] = known.try_emplace(std::move(key), p);
    if (is_new) continue;
    SurveyPiece& other = survey.pieces[found->second];
    const bool both_one_way = piece.street.lanes_backward == 0 && other.street.lanes_backward == 0;
    if (both_one_way && piece.from != other.from) continue;  // the two directions of a street
    const bool lesser = class_rank(other.street.road_class) < class_rank(piece.street.road_class);
    (lesser ? other : piece).alive = false;
    if (lesser) found->second = p;
    ++dropped;
  }
  return dropped;
}

// Parts that nothing joins to the rest and that are small beside it. Returns their number of pieces.
int drop_islands(SurveyGraph& survey) {
  constexpr double kLeastShare = 0.05;
  std::vector<int> part(survey.vertices.size(), -1);
  std::vector<double> length;
  for (std::size_t root = 0; root < part.size(); ++root) {
    if (part[root] >= 0) continue;
    std::vector<int> open{static_cast<int>(root)};
    part[root] = static_cast<int>(length.size());
    length.push_back(0);
    while (!open.empty()) {
      const int v = open.back();
      open.pop_back();
      for (const int p : survey.vertices[static_cast<std::size_t>(v)].pieces) {
        const SurveyPiece& piece = survey.pieces[static_cast<std::size_t>(p)];
        length.back() += 0.5 * line_length(piece.street.line);
        const int other = piece.from == v ? piece.to : piece.from;
        if (part[static_cast<std::size_t>(other)] >= 0) continue;
        part[static_cast<std::size_t>(other)] = part[root];
        open.push_back(other);
      }
    }
  }
  const double all = std::accumulate(length.begin(), length.end(), 0.0);
  int dropped = 0;
  for (SurveyPiece& piece : survey.pieces) {
    if (!piece.alive ||
        length[static_cast<std::size_t>(part[static_cast<std::size_t>(piece.from)])] >= kLeastShare * all)
      continue;
    piece.alive = false;
    ++dropped;
  }
  return dropped;
}

void report(int count, const char* what, const RoadNetwork& network, sim::Issues& issues) {
  if (count > 0)
    issues.push_back({sim::Severity::kInfo,
                      network.source,
                      0,
                      0,
                      "streets",
                      std::to_string(count).append(what),
                      "road-network",
                      {}});
}

double half_width(const Street& street, const LaneBuilderOptions& options) {
  return 0.5 * (street.lanes_forward + street.lanes_backward) *
         (street.lane_width_m > 0 ? street.lane_width_m : options.lane_width_m);
}

// Vertices so near to each other that no road fits between the roads that cross there are one junction.
struct Gatherer {
  SurveyGraph& survey;
  const LaneBuilderOptions& options;
  const std::vector<char>& swallowed;  // by piece: too short for the junctions at its ends
  std::vector<int> parent;
  struct Box {
    Vec2 low, high;
  };
  std::vector<Box> boxes;

  int find(int v) {
    while (parent[static_cast<std::size_t>(v)] != v) v = parent[static_cast<std::size_t>(v)];
    return v;
  }
  double widest_other(int vertex, int piece) const {
    double most = 0;
    for (const int p : survey.vertices[static_cast<std::size_t>(vertex)].pieces)
      if (p != piece) most = std::max(most, half_width(survey.pieces[static_cast<std::size_t>(p)].street, options));
    return most;
  }
  bool at_roundabout(const SurveyPiece& piece) const {
    for (const int v : {piece.from, piece.to})
      for (const int p : survey.vertices[static_cast<std::size_t>(v)].pieces)
        if (survey.pieces[static_cast<std::size_t>(p)].street.roundabout) return true;
    return false;
  }
  bool joins(int row) const {
    const SurveyPiece& piece = survey.pieces[static_cast<std::size_t>(row)];
    const Street& street = piece.street;
    if (street.roundabout || street.link || street.tunnel || street.bridge || street.level != 0) return false;
    if (street.road_class == RoadClass::kMotorway || street.road_class == RoadClass::kTrunk) return false;
    if (swallowed[static_cast<std::size_t>(row)]) return !at_roundabout(piece);
    for (const int v : {piece.from, piece.to})
      if (survey.vertices[static_cast<std::size_t>(v)].pieces.size() < 3) return false;
    if (at_roundabout(piece)) return false;
    return line_length(street.line) < widest_other(piece.from, row) + widest_other(piece.to, row) + kTurnRoomM;
  }
  void run() {
    parent.resize(survey.vertices.size());
    std::iota(parent.begin(), parent.end(), 0);
    for (const SurveyVertex& vertex : survey.vertices) boxes.push_back({vertex.position, vertex.position});
    std::vector<std::pair<double, int>> order;
    for (std::size_t p = 0; p < survey.pieces.size(); ++p)
      if (survey.pieces[p].alive && joins(static_cast<int>(p)))
        order.emplace_back(line_length(survey.pieces[p].street.line), static_cast<int>(p));
    std::sort(order.begin(), order.end());
    for (const auto& [length, p] : order) {
      int a = find(survey.pieces[static_cast<std::size_t>(p)].from),
          b = find(survey.pieces[static_cast<std::size_t>(p)].to);
      if (a == b) continue;
      if (b < a) std::swap(a, b);
      Box &into = boxes[static_cast<std::size_t>(a)], &other = boxes[static_cast<std::size_t>(b)];
      const Box both{into.low.cwiseMin(other.low), into.high.cwiseMax(other.high)};
      if ((both.high - both.low).norm() > kJunctionSizeM) continue;
      into = both;
      parent[static_cast<std::size_t>(b)] = a;
    }
  }
};

void forget_nodes(SurveyGraph& survey) {
  survey.graph = {};
  survey.piece_of_edge.clear();
  survey.inner.clear();
  for (SurveyVertex& vertex : survey.vertices) vertex.node = -1;
}

void make_nodes(SurveyGraph& survey, Gatherer& gatherer) {
  for (std::size_t v = 0; v < survey.vertices.size(); ++v) {
    SurveyVertex& vertex = survey.vertices[v];
    if (vertex.pieces.empty()) continue;
    const auto root = static_cast<std::size_t>(gatherer.find(static_cast<int>(v)));
    if (survey.vertices[root].node < 0) {
      survey.vertices[root].node = static_cast<int>(survey.graph.nodes.size());
      survey.graph.nodes.emplace_back();
    }
    vertex.node = survey.vertices[root].node;
  }
  std::vector<int> members(survey.graph.nodes.size(), 0);
  for (const SurveyVertex& vertex : survey.vertices) {
    if (vertex.node < 0) continue;
    StreetNode& node = survey.graph.nodes[static_cast<std::size_t>(vertex.node)];
    node.position += vertex.position;
    ++members[static_cast<std::size_t>(vertex.node)];
    if (vertex.fact != nullptr && node.name.empty()) node.name = vertex.fact->name;
  }
  for (std::size_t n = 0; n < members.size(); ++n) {
    StreetNode& node = survey.graph.nodes[n];
    node.position /= std::max(members[n], 1);
    node.position = {sim::snap(node.position.x()), sim::snap(node.position.y())};
  }
}

void make_edges(SurveyGraph& survey, const LaneBuilderOptions& options) {
  survey.inner.resize(survey.graph.nodes.size());
  survey.edge_of_piece.assign(survey.pieces.size(), -1);
  for (std::size_t p = 0; p < survey.pieces.size(); ++p) {
    const SurveyPiece& piece = survey.pieces[p];
    if (!piece.alive) continue;
    StreetEdge edge;
    edge.from = survey.vertices[static_cast<std::size_t>(piece.from)].node;
    edge.to = survey.vertices[static_cast<std::size_t>(piece.to)].node;
    if (edge.from == edge.to && line_length(piece.street.line) < kLoopM) {
      survey.inner[static_cast<std::size_t>(edge.from)].push_back(static_cast<int>(p));
      continue;
    }
    edge.street = piece.street;
    edge.street.line = simplify_line(piece.street.line, kLineToleranceM);
    edge.profile = profile_of(edge.street, options);
    edge.curve = make_curve(edge.street.line, curve_radius(edge.street), kBendOffsetM);
    survey.edge_of_piece[p] = static_cast<int>(survey.graph.edges.size());
    survey.piece_of_edge.push_back(static_cast<int>(p));
    survey.graph.edges.push_back(std::move(edge));
  }
}

}  // namespace

const VertexFact* fact_at(const RoadNetwork& network, std::int64_t vertex) {
  const auto found = std::lower_bound(network.facts.begin(), network.facts.end(), vertex,
                                      [](const VertexFact& f, std::int64_t id) { return f.vertex < id; });
  return found != network.facts.end() && found->vertex == vertex ? &*found : nullptr;
}

void reverse_street(Street& street) {
  std::reverse(street.line.begin(), street.line.end());
  std::reverse(street.vertices.begin(), street.vertices.end());
  std::swap(street.lanes_forward, street.lanes_backward);
  std::swap(street.facts_forward, street.facts_backward);
  if (street.speed_backward_mps > 0) std::swap(street.speed_limit_mps, street.speed_backward_mps);
  if (street.walks == Walks::kLeft || street.walks == Walks::kRight)
    street.walks = street.walks == Walks::kLeft ? Walks::kRight : Walks::kLeft;
}

SurveyGraph make_survey_graph(const RoadNetwork& network, const LaneBuilderOptions& options, sim::Issues& issues) {
  SurveyGraph survey;
  Cutter cutter{network, survey, {}, {}};
  cutter.count_uses();
  for (const Street& street : network.streets) cutter.cut(street);
  report(drop_copies(survey), " pieces of streets lie on other ones and are left out", network, issues);
  list_pieces(survey);
  report(drop_islands(survey), " pieces of streets are joined to no other ones and are left out", network, issues);
  list_pieces(survey);
  for (std::size_t v = 0; v < survey.vertices.size(); ++v) join_at(survey, static_cast<int>(v));
  std::vector<char> swallowed(survey.pieces.size(), 0);
  constexpr int kRounds = 4;
  for (int round = 0;; ++round) {
    forget_nodes(survey);
    Gatherer gatherer{survey, options, swallowed, {}, {}};
    gatherer.run();
    make_nodes(survey, gatherer);
    make_edges(survey, options);
    narrow_carriageways(survey.graph);
    update_legs(survey.graph);
    const std::vector<int> edges = cut_survey(survey);
    bool more = false;
    for (const int e : edges) {
      char& flag = swallowed[static_cast<std::size_t>(survey.piece_of_edge[static_cast<std::size_t>(e)])];
      more |= flag == 0;
      flag = 1;
    }
    if (!more || round + 1 == kRounds) return survey;
  }
}

}  // namespace bitgoeul::maps
