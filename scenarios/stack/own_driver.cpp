#include "scenarios/stack/own_driver.h"

#include "vehicles/drivers/decide.h"

namespace bitgoeul::scenarios::stack {

bool OwnDriver::start(const sim::StackInit& init) {
  if (init.driver_view) return true;
  fault_ = {sim::StackFaultKind::kProtocol, {}, "the driver needs a driver view: give --stack-driver-view", {}, 0};
  return false;
}

bool OwnDriver::ask(std::span<const sim::Observation> observations) {
  asked_ = observations;
  return true;
}

bool OwnDriver::answer(std::span<sim::Act> acts) {
  for (std::size_t i = 0; i < acts.size(); ++i) {
    if (asked_[i].driver == nullptr) {
      fault_ = {sim::StackFaultKind::kProtocol, {}, "an observation without a driver view", {}, asked_[i].step};
      return false;
    }
    acts[i].kind = sim::ActKind::kDriver;
    acts[i].driver = vehicles::decide(*asked_[i].driver);
  }
  return true;
}

}  // namespace bitgoeul::scenarios::stack
