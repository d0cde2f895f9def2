// bitgoeul log redact LOG -o OUT: a log that may leave the house, and what was taken out of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "replay/redact.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;

struct RedactArguments {
  std::string log, out, policy;
};

Json report_json(const RedactArguments& a, const replay::RedactReport& report) {
  Json json = {{"file", a.log},
               {"out", a.out},
               {"messages_kept", report.kept},
               {"messages_dropped", report.dropped},
               {"attachments_dropped", report.attachments_dropped},
               {"metadata_dropped", report.metadata_dropped},
               {"positions_moved", report.positions_moved},
               {"blotted_out", Json::object()},
               {"topics", Json::array()}};
  for (std::size_t i = 0; i < report.secrets.size(); ++i)
    json["blotted_out"][std::string(replay::to_string(static_cast<replay::SecretKind>(i)))] = report.secrets[i];
  for (const auto& [name, topic] : report.topics)
    json["topics"].push_back(
        {{"topic", name}, {"type", topic.type}, {"kept", topic.kept}, {"dropped", topic.dropped}, {"why", topic.why}});
  return json;
}

int run_redact(const Context& context, const RedactArguments& a) {
  replay::RedactPolicy policy;
  if (!a.policy.empty()) {
    auto read = replay::read_redact_policy(a.policy);
    if (!read) return refuse(read.error());
    policy = std::move(*read);
  }
  const auto report = replay::redact(a.log, a.out, policy);
  if (!report) return refuse(report.error());
  std::string text;
  for (const auto& [name, topic] : report->topics)
    text += fmt::format("  {:<30} {:<30} {} kept, {} dropped{}{}\n", name, topic.type, topic.kept, topic.dropped,
                        topic.why.empty() ? "" : ": ", topic.why);
  text += fmt::format("{}: {} messages kept, {} dropped, {} attachments and {} metadata records dropped\n", a.out,
                      report->kept, report->dropped, report->attachments_dropped, report->metadata_dropped);
  text += fmt::format("{} positions moved to a local frame; blotted out:", report->positions_moved);
  for (std::size_t i = 0; i < report->secrets.size(); ++i)
    text += fmt::format(" {} {}", report->secrets[i], replay::to_string(static_cast<replay::SecretKind>(i)));
  result(context, text);
  json_result(context, report_json(a, *report).dump(2, ' ', false, Json::error_handler_t::replace));
  return kPass;
}

}  // namespace

void add_log_redact(CLI::App& group, Context& context) {
  CLI::App& redact = add_subcommand(group, context, "redact",
                                    "a log without what must not leave the house; nothing passes that is not allowed",
                                    "bitgoeul log redact drive.mcap --policy policy.yaml -o public.mcap");
  RedactArguments& a = keep<RedactArguments>(context);
  redact.add_option("LOG", a.log, "an MCAP file")->required();
  redact.add_option("-o,--out", a.out, "file to write")->required();
  redact.add_option("--policy", a.policy,
                    "YAML: lists `topics` (allowed besides known types), `drop`, `names` (to blot out); `images`, "
                    "`attachments`, `metadata`: keep or drop (default); `gnss`: local (default) or keep");
  redact.callback([&context, &a] { context.action = [&context, &a] { return run_redact(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
