#include "scenarios/batch/reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

namespace bitgoeul::scenarios::batch {
namespace {

constexpr int kMaxAnnotations = 10;  // GitHub shows no more of a step
constexpr std::size_t kMaxSummaryRows = 200;

bool skipped(const Row& row) { return row.verdict == Class::kNotRun || !row.excused.empty(); }

bool good(const Row& row) { return row.verdict == Class::kPass || !row.excused.empty(); }

// XML 1.0 has no way to write most control characters.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = ' ';
  return text;
}

std::string details(const Row& row) {
  std::string text = row.message + "\n";
  for (const RowCriterion& c : row.criteria)
    text += fmt::format("{} {}: {:.6g} (limit {:.6g}){}\n", c.verdict, c.name, c.value, c.limit,
                        c.entity.empty() ? "" : " " + c.entity);
  return text + "repro: " + row.repro + "\n";
}

void add_problem(pugi::xml_node testcase, const char* element, const Row& row) {
  pugi::xml_node problem = testcase.append_child(element);
  problem.append_attribute("message") = printable(row.message).c_str();
  problem.append_attribute("type") = to_string(row.verdict);
  problem.text() = printable(details(row)).c_str();
}

void add_case(pugi::xml_node suite, const Row& row) {
  pugi::xml_node testcase = suite.append_child("testcase");
  testcase.append_attribute("classname") = printable(row.scenario).c_str();
  testcase.append_attribute("name") = printable(title_of(row)).c_str();
  const auto time = row.metrics.find("sim_time_s");
  testcase.append_attribute("time") = fmt::format("{:.3f}", time == row.metrics.end() ? 0.0 : time->second).c_str();
  pugi::xml_node properties = testcase.append_child("properties");
  const std::pair<const char*, std::string> values[] = {
      {"seed", std::to_string(row.seed)}, {"state_hash", row.state_hash}, {"key", row.key}, {"case", row.case_id}};
  for (const auto& [name, value] : values) {
    pugi::xml_node property = properties.append_child("property");
    property.append_attribute("name") = name;
    property.append_attribute("value") = value.c_str();
  }
  if (skipped(row))
    testcase.append_child("skipped").append_attribute("message") =
        printable(row.excused.empty() ? "not run" : "expected to fail: " + row.excused).c_str();
  else if (row.verdict == Class::kFail)
    add_problem(testcase, "failure", row);
  else if (row.verdict != Class::kPass)
    add_problem(testcase, "error", row);
}

// As GitHub's workflow commands want it.
std::string command_escaped(const std::string& text, bool property) {
  std::string out;
  for (char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

std::string cell_escaped(std::string text) {
  std::string out;
  for (char c : printable(std::move(text))) {
    if (c == '|' || c == '`' || c == '<') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string title_of(const Row& row) {
  std::string text = row.scenario;
  for (const auto& [name, value] : row.parameters) text += fmt::format(" {}={}", name, value);
  for (const auto& [entity, spec] : row.stacks) text += fmt::format(" {}:{}", entity, spec);
  return text + fmt::format(" seed {}", row.seed);
}

std::string results_jsonl(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) text += to_json_line(row) + "\n";
  return text;
}

std::string junit_xml(const ReportData& data) {
  pugi::xml_document document;
  pugi::xml_node suites = document.append_child("testsuites");
  pugi::xml_node suite = suites.append_child("testsuite");
  const auto number = [&](auto&& holds) {
    return static_cast<long long>(std::count_if(data.rows.begin(), data.rows.end(), holds));
  };
  const auto failed = [](const Row& r) { return !skipped(r) && r.verdict == Class::kFail; };
  const auto broken = [](const Row& r) {
    return !skipped(r) && r.verdict != Class::kFail && r.verdict != Class::kPass;
  };
  suite.append_attribute("name") = printable(data.suite.name).c_str();
  suite.append_attribute("tests") = static_cast<long long>(data.rows.size());
  suite.append_attribute("failures") = number(failed);
  suite.append_attribute("errors") = number(broken);
  suite.append_attribute("skipped") = number(skipped);
  for (const Row& row : data.rows) add_case(suite, row);
  std::ostringstream out;
  document.save(out, " ", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

std::string github_annotations(const ReportData& data) {
  std::string text;
  int shown = 0;
  for (const Row& row : data.rows) {
    if (good(row) || row.verdict == Class::kNotRun) continue;
    if (++shown > kMaxAnnotations) break;
    text += fmt::format("::error file={},title={}::{}\n", command_escaped(row.scenario, true),
                        command_escaped(fmt::format("{} {}", to_string(row.verdict), title_of(row)), true),
                        command_escaped(row.message + "\n" + row.repro, false));
  }
  return text;
}

std::string summary_markdown(const ReportData& data) {
  const Counts counts = count(data.rows);
  std::string text = fmt::format("## {}\n\n{} runs", cell_escaped(data.suite.name), counts.total);
  for (const auto& [verdict, n] : counts.of) text += fmt::format(", {} {}", n, to_string(verdict));
  text += counts.excused > 0 ? fmt::format(" ({} expected)\n\n", counts.excused) : "\n\n";
  if (data.baseline)
    text += fmt::format(
        "Against the baseline: {} newly failing, {} newly passing, {} metrics moved, {} of {} with the same bits.\n\n",
        data.baseline->newly_failing.size(), data.baseline->newly_passing.size(), data.baseline->moved.size(),
        data.baseline->same_bits, data.baseline->paired);
  std::string table;
  std::size_t shown = 0;
  for (const Row& row : data.rows) {
    if (good(row)) continue;
    if (++shown > kMaxSummaryRows) continue;
    table += fmt::format("| {} | {} | {} |\n", to_string(row.verdict), cell_escaped(title_of(row)),
                         cell_escaped(row.message));
  }
  if (!table.empty()) text += "| verdict | run | why |\n|---|---|---|\n" + table;
  if (shown > kMaxSummaryRows) text += fmt::format("\n{} more stand in report.html.\n", shown - kMaxSummaryRows);
  return text;
}

}  // namespace bitgoeul::scenarios::batch
