// Signals, references to them, boards and controllers (ASAM OpenDRIVE 1.8, clause 14).
#include <set>

#include "maps/opendrive/file_rules.h"

namespace bitgoeul::maps::opendrive {

namespace {

template <class F>
void for_each_signal(const FileCheck& check, std::string_view name, F&& f) {
  for (const FileRoad& road : check.model.roads)
    if (const XmlElement list = road.element.child("signals"))
      for (XmlElement e = list.child(name); e; e = e.next(name)) f(e);
}

}  // namespace

void signal_reference_unknown(FileCheck& check) {
  std::set<std::string> ids;
  for_each_signal(check, "signal", [&](XmlElement e) { ids.insert(text_of(e, "id")); });
  for_each_signal(check, "signalReference", [&](XmlElement e) {
    if (const std::string id = text_of(e, "id"); ids.count(id) == 0)
      check.find(e, "\"" + id + "\" is no signal of this file", "correct the id, or remove the reference");
  });
}

void controller_signals(FileCheck& check) {
  for (XmlElement e = check.model.root.child("controller"); e; e = e.next("controller"))
    if (!e.child("control")) check.find(e, "the controller rules no signal", "add <control>, or remove the controller");
}

void multi_board_parts(FileCheck& check) {
  for_each_signal(check, "signal", [&](XmlElement e) {
    if (text_of(e, "type") != "multiBoard") return;
    for (const char* part : {"staticBoard", "vmsBoard"})
      if (!e.child(part)) check.find(e, std::string("the multi board has no <") + part + ">", "add one");
  });
}

void multi_board_dynamic(FileCheck& check) {
  for_each_signal(check, "signal", [&](XmlElement e) {
    if (text_of(e, "type") == "multiBoard" && !truth_of(e, "dynamic"))
      check.find(e, "the multi board is not dynamic", "write dynamic=\"yes\"");
  });
}

}  // namespace bitgoeul::maps::opendrive
