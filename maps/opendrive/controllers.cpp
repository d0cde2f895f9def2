// OpenDRIVE 1.8, clause 14.5: controllers of signals that change together.
#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

void read_controller(Reader& reader, XmlElement element) {
  ControllerDraft controller;
  if (!required_id(element, "id", controller.id)) return;
  if (!reader.controller_ids.insert(controller.id).second) {
    element.error("the controller id \"" + controller.id + "\" is used before; this controller is left out",
                  "id_unique", "give each controller its own id");
    return;
  }
  element.optional("name", controller.name);
  controller.line = element.line();
  for (XmlElement e = element.child("control"); e; e = e.next("control")) {
    std::string signal;
    if (required_id(e, "signalId", signal)) controller.signals.push_back(signal);
    keep_rest(e, "controller[" + controller.id + "]/control[" + signal + "]/", reader.map.extras);
  }
  if (controller.signals.empty())
    element.warning("controls no signal", "controller_empty",
                    "add <control signalId=\"...\"/> or remove the controller");
  keep_rest(element, "controller[" + controller.id + "]/", reader.map.extras);
  reader.map.controllers.push_back(std::move(controller));
}

}  // namespace bitgoeul::maps::opendrive
