#include "replay/scoring/tracking.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "replay/scoring/assignment.h"

namespace bitgoeul::replay {
namespace {

constexpr double kEps = 1e-9;

// A frame with ids counted from 0 and the likeness of each pair.
struct Frame {
  std::vector<std::size_t> truth, found;
  Worths likeness{0, 0}, distance{0, 0};
};

struct Story {
  std::vector<Frame> frames;
  std::map<std::uint64_t, std::size_t> truth_ids, found_ids;
};

double likeness_of(const Box& a, const Box& b, const TrackingRule& rule) {
  return rule.by_overlap ? bev_iou(a, b) : std::max(0.0, 1 - distance_m(a, b) / rule.zero_distance_m);
}

bool on_ignored(const Box& found, const ScoreFrame& frame, const TrackingRule& rule) {
  bool ignored = false;
  for (const Box& truth : frame.truth) {
    const bool near = likeness_of(truth, found, rule) >= rule.least_likeness;
    if (near && !truth.ignored) return false;
    ignored |= near;
  }
  return ignored;
}

Story story_of(const std::vector<ScoreFrame>& frames, const TrackingRule& rule) {
  Story story;
  for (const ScoreFrame& in : frames) {
    Frame out;
    std::vector<const Box*> truth, found;
    for (const Box& box : in.truth)
      if (box.id != 0 && !box.ignored) truth.push_back(&box);
    for (const Box& box : in.found)
      if (box.id != 0 && !on_ignored(box, in, rule)) found.push_back(&box);
    for (const Box* box : truth)
      out.truth.push_back(story.truth_ids.emplace(box->id, story.truth_ids.size()).first->second);
    for (const Box* box : found)
      out.found.push_back(story.found_ids.emplace(box->id, story.found_ids.size()).first->second);
    out.likeness = out.distance = Worths(truth.size(), found.size());
    for (std::size_t t = 0; t < truth.size(); ++t)
      for (std::size_t f = 0; f < found.size(); ++f) {
        out.likeness(t, f) = likeness_of(*truth[t], *found[f], rule);
        out.distance(t, f) = distance_m(*truth[t], *found[f]);
      }
    story.frames.push_back(std::move(out));
  }
  return story;
}

struct Life {  // of one truth
  std::size_t frames = 0, seen = 0;
  int last = -1;  // the track that it had last
  bool was_seen = false, ever = false;
};

// Pairs that held in the frame before go on while they are near enough; the rest is assigned anew.
std::vector<int> clear_pairs(const Frame& frame, const std::vector<Life>& lives, double least) {
  Worths worths(frame.truth.size(), frame.found.size());
  for (std::size_t t = 0; t < frame.truth.size(); ++t)
    for (std::size_t f = 0; f < frame.found.size(); ++f) {
      const double likeness = frame.likeness(t, f);
      if (likeness < least - kEps) continue;
      const Life& life = lives[frame.truth[t]];
      const bool held = life.was_seen && life.last == static_cast<int>(frame.found[f]);
      worths(t, f) = likeness + kEps + (held ? 1e4 : 0);
    }
  return assign(worths);
}

void clear_mot(const Story& story, const TrackingRule& rule, TrackingScore& score) {
  std::vector<Life> lives(story.truth_ids.size());
  double distance = 0;
  for (const Frame& frame : story.frames) {
    const std::vector<int> pairs = clear_pairs(frame, lives, rule.least_likeness);
    std::vector<char> here(lives.size(), 0);
    for (std::size_t t = 0; t < frame.truth.size(); ++t) {
      Life& life = lives[frame.truth[t]];
      here[frame.truth[t]] = 1;
      ++life.frames;
      ++score.truths;
      if (pairs[t] < 0) {
        life.was_seen = false;
        continue;
      }
      const auto f = static_cast<std::size_t>(pairs[t]);
      const int track = static_cast<int>(frame.found[f]);
      ++score.hits;
      ++life.seen;
      distance += frame.distance(t, f);
      score.switches += life.last >= 0 && life.last != track;
      score.fragments += life.ever && !life.was_seen;
      life.last = track;
      life.was_seen = life.ever = true;
    }
    for (std::size_t i = 0; i < lives.size(); ++i)
      if (!here[i]) lives[i].was_seen = false;
    score.found += frame.found.size();
  }
  score.misses = score.truths - score.hits;
  score.wrong = score.found - score.hits;
  score.tracks = lives.size();
  for (const Life& life : lives) {
    score.mostly_tracked += 10 * life.seen > 8 * life.frames;
    score.mostly_lost += 10 * life.seen < 2 * life.frames;
  }
  if (score.hits > 0) score.motp_m = distance / static_cast<double>(score.hits);
  if (score.truths > 0)
    score.mota =
        1 - static_cast<double>(score.misses + score.wrong + score.switches) / static_cast<double>(score.truths);
}

double id_f1(const Story& story, double least) {
  Worths together(story.truth_ids.size(), story.found_ids.size());
  double truths = 0, found = 0;
  for (const Frame& frame : story.frames) {
    truths += static_cast<double>(frame.truth.size());
    found += static_cast<double>(frame.found.size());
    for (std::size_t t = 0; t < frame.truth.size(); ++t)
      for (std::size_t f = 0; f < frame.found.size(); ++f)
        if (frame.likeness(t, f) >= least - kEps) together(frame.truth[t], frame.found[f]) += 1;
  }
  const std::vector<int> pairs = assign(together);
  double hits = 0;
  for (std::size_t t = 0; t < pairs.size(); ++t)
    if (pairs[t] >= 0) hits += together(t, static_cast<std::size_t>(pairs[t]));
  return truths + found > 0 ? 2 * hits / (truths + found) : 0;
}

struct Lengths {
  std::vector<double> truth, found;  // frames of each id
  double truths = 0, all_found = 0;
};

Lengths lengths_of(const Story& story) {
  Lengths out{std::vector<double>(story.truth_ids.size()), std::vector<double>(story.found_ids.size())};
  for (const Frame& frame : story.frames) {
    for (std::size_t t : frame.truth) out.truth[t] += 1;
    for (std::size_t f : frame.found) out.found[f] += 1;
    out.truths += static_cast<double>(frame.truth.size());
    out.all_found += static_cast<double>(frame.found.size());
  }
  return out;
}

// How well two ids go together over the whole story: the share of their frames in which they are alike (Luiten, eq. 7
// and the published code: soft counts).
Worths alignment(const Story& story, const Lengths& lengths) {
  Worths out(story.truth_ids.size(), story.found_ids.size());
  for (const Frame& frame : story.frames) {
    std::vector<double> rows(frame.truth.size()), columns(frame.found.size());
    for (std::size_t t = 0; t < rows.size(); ++t)
      for (std::size_t f = 0; f < columns.size(); ++f) {
        rows[t] += frame.likeness(t, f);
        columns[f] += frame.likeness(t, f);
      }
    for (std::size_t t = 0; t < rows.size(); ++t)
      for (std::size_t f = 0; f < columns.size(); ++f) {
        const double likeness = frame.likeness(t, f), all = rows[t] + columns[f] - likeness;
        if (all > kEps) out(frame.truth[t], frame.found[f]) += likeness / all;
      }
  }
  for (std::size_t t = 0; t < out.rows; ++t)
    for (std::size_t f = 0; f < out.columns; ++f)
      out(t, f) = out(t, f) / (lengths.truth[t] + lengths.found[f] - out(t, f));
  return out;
}

void hota(const Story& story, TrackingScore& score) {
  const Lengths lengths = lengths_of(story);
  const Worths global = alignment(story, lengths);
  constexpr std::size_t kLevels = 19;
  std::vector<Worths> together(kLevels, Worths(global.rows, global.columns));
  std::vector<double> hits(kLevels);
  for (const Frame& frame : story.frames) {
    Worths worths(frame.truth.size(), frame.found.size());
    for (std::size_t t = 0; t < worths.rows; ++t)
      for (std::size_t f = 0; f < worths.columns; ++f)
        worths(t, f) = global(frame.truth[t], frame.found[f]) * frame.likeness(t, f);
    const std::vector<int> pairs = assign(worths);
    for (std::size_t t = 0; t < pairs.size(); ++t) {
      if (pairs[t] < 0) continue;
      const auto f = static_cast<std::size_t>(pairs[t]);
      for (std::size_t a = 0; a < kLevels; ++a) {
        if (frame.likeness(t, f) < 0.05 * static_cast<double>(a + 1) - kEps) break;
        hits[a] += 1;
        together[a](frame.truth[t], frame.found[f]) += 1;
      }
    }
  }
  for (std::size_t a = 0; a < kLevels; ++a) {
    double association = 0;
    for (std::size_t t = 0; t < global.rows; ++t)
      for (std::size_t f = 0; f < global.columns; ++f) {
        const double n = together[a](t, f);
        if (n > 0) association += n * n / (lengths.truth[t] + lengths.found[f] - n);
      }
    const double ass = hits[a] > 0 ? association / hits[a] : 0;
    const double all = lengths.truths + lengths.all_found - hits[a];
    const double det = all > 0 ? hits[a] / all : 0;
    score.det_a += det / kLevels;
    score.ass_a += ass / kLevels;
    score.hota += std::sqrt(det * ass) / kLevels;
  }
}

}  // namespace

TrackingScore score_tracks(const std::vector<ScoreFrame>& frames, const TrackingRule& rule) {
  TrackingScore score;
  const Story story = story_of(frames, rule);
  clear_mot(story, rule, score);
  score.idf1 = id_f1(story, rule.least_likeness);
  hota(story, score);
  return score;
}

}  // namespace bitgoeul::replay
