// Perception: what a stub (replay/perception) makes of the objects around an ego before its stack is told of them:
// some are missed, none is exact, some are not there, tracks stand for the truth, and all of it comes late. One for
// each stack. What it remembers, tracks and results that are on their way, lies in a table of the state, `room()`
// numbers for each ego. Made by Egos. Units as in sim/stack.h. Thread rule: see() writes its ego's numbers and objects.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/result.h"
#include "sim/stack.h"
#include "vehicles/state.h"

namespace bitgoeul::replay {
struct Box;
}  // namespace bitgoeul::replay

namespace bitgoeul::scenarios {

struct PerceptionMemory {
  std::vector<double> number;
  template <class F>
  void columns(F&& f) {
    f("number", number);
  }
};

class Perception {
 public:
  struct Ego {
    sim::Row row = 0;
    std::string name;  // chooses among set-ups by vehicle
  };
  // `yaml`: set-up of a stub. Errors: none such, none for one of the egos, or one that needs points of a lidar or a
  // log. `map`: whose buildings and ground hide things from stubs that imagine; null: nothing does. `like`: one of the
  // same map, which lives as long: they share what they see of it.
  static sim::Result<Perception> make(const std::string& yaml, std::int64_t period_ns, std::uint64_t seed,
                                      std::span<const Ego> egos, const maps::Map* map = nullptr,
                                      const Perception* like = nullptr);
  Perception(Perception&&) noexcept;
  ~Perception();

  std::size_t room() const;
  // `objects`: what is really there; replaced by what the stub gives out at this time.
  void see(const vehicles::State& state, sim::Row ego, std::span<double> memory,
           std::vector<sim::ObservedObject>& objects) const;

 private:
  struct Impl;
  explicit Perception(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What a stack is told of a stub's track. Ids: those of true things stay theirs (replay/perception/frame_maker.h).
sim::ObservedObject object_of(const replay::Box& box);

}  // namespace bitgoeul::scenarios
