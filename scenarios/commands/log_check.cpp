// bitgoeul log check|recover LOG: is a log whole and sound, and what can be saved of one that is not.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "replay/mcap/rewrite.h"
#include "replay/mcap/salvage.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;
using replay::mcap::Loss;
using replay::mcap::SalvageReport;

struct Arguments {
  std::string log, out;
};

// Simulated runs count from zero; other logs from 1970.
std::string time_text(std::uint64_t ns) { return fmt::format("{}.{:09} s", ns / 1'000'000'000, ns % 1'000'000'000); }

std::string loss_text(const Loss& loss) {
  std::string text = loss.end > 0 ? fmt::format("bytes {} to {}: {}", loss.begin, loss.end, loss.why) : loss.why;
  if (loss.from_ns && loss.to_ns)
    text += fmt::format("; missing from {} to {}", time_text(*loss.from_ns), time_text(*loss.to_ns));
  else if (loss.from_ns)
    text += fmt::format("; missing after {}", time_text(*loss.from_ns));
  else if (loss.to_ns)
    text += fmt::format("; missing before {}", time_text(*loss.to_ns));
  if (loss.messages) text += fmt::format("; {} messages", *loss.messages);
  return text;
}

Json loss_json(const Loss& loss) {
  Json json = {{"begin_byte", loss.begin}, {"end_byte", loss.end}, {"why", loss.why}};
  if (loss.from_ns) json["from_ns"] = *loss.from_ns;
  if (loss.to_ns) json["to_ns"] = *loss.to_ns;
  if (loss.messages) json["messages"] = *loss.messages;
  return json;
}

Json report_json(const std::string& log, const SalvageReport& report) {
  Json json = {{"file", log},
               {"whole", report.whole()},
               {"messages", report.messages},
               {"chunks", report.chunks},
               {"attachments", report.attachments},
               {"metadata", report.metadata},
               {"first_ns", report.first_ns},
               {"last_ns", report.last_ns},
               {"losses", Json::array()},
               {"defects", report.defects},
               {"remarks", report.remarks}};
  for (const Loss& loss : report.losses) json["losses"].push_back(loss_json(loss));
  return json;
}

void print_report(const Context& context, const std::string& log, const SalvageReport& report) {
  for (const Loss& loss : report.losses) error(fmt::format("{}: {}", log, loss_text(loss)));
  for (const std::string& defect : report.defects) error(fmt::format("{}: {}", log, defect));
  for (const std::string& remark : report.remarks) note(context, fmt::format("warning: {}: {}", log, remark));
  result(context, fmt::format("{}: {}, {} messages in {} chunks, {} to {}, {} attachments\n", log,
                              report.whole() ? "whole and sound" : "damaged", report.messages, report.chunks,
                              time_text(report.first_ns), time_text(report.last_ns), report.attachments));
}

int run_check(const Context& context, const Arguments& a) {
  const auto report = replay::mcap::salvage(a.log, {});
  if (!report) return refuse(report.error());
  print_report(context, a.log, *report);
  json_result(context, report_json(a.log, *report).dump(2, ' ', false, Json::error_handler_t::replace));
  return report->whole() ? kPass : kInvalid;
}

int run_recover(const Context& context, const Arguments& a) {
  const std::filesystem::path out =
      a.out.empty() ? std::filesystem::path(a.log).replace_extension(".recovered.mcap") : std::filesystem::path(a.out);
  const auto report = replay::mcap::recover(a.log, out);
  if (!report) return refuse(report.error());
  print_report(context, a.log, *report);
  Json json = report_json(a.log, *report);
  json["out"] = out.string();
  json_result(context, json.dump(2, ' ', false, Json::error_handler_t::replace));
  result(context, fmt::format("{}: {} messages written\n", out.string(), report->messages));
  return kPass;
}

}  // namespace

void add_log_check(CLI::App& group, Context& context) {
  CLI::App& check = add_subcommand(group, context, "check", "is the log whole and sound; exits 2 when it is not",
                                   "bitgoeul log check runs/demo/run.mcap");
  Arguments& a = keep<Arguments>(context);
  check.add_option("LOG", a.log, "an MCAP file")->required();
  check.callback([&context, &a] { context.action = [&context, &a] { return run_check(context, a); }; });
}

void add_log_recover(CLI::App& group, Context& context) {
  CLI::App& recover = add_subcommand(group, context, "recover", "write what is whole of a damaged log as a sound one",
                                     "bitgoeul log recover torn.mcap -o whole.mcap");
  Arguments& a = keep<Arguments>(context);
  recover.add_option("LOG", a.log, "an MCAP file")->required();
  recover.add_option("-o,--out", a.out, "file to write (default: LOG with .recovered.mcap)");
  recover.callback([&context, &a] { context.action = [&context, &a] { return run_recover(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
