// What a batch leaves for people and machines: results.jsonl, junit.xml, report.html (one file, no network), and, where
// GitHub runs it, annotations and a step summary. Made by the command batch from the rows. The same rows give the same
// bytes. Thread rule: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/batch/compare.h"
#include "scenarios/batch/results.h"

namespace bitgoeul::scenarios::batch {

struct ReportData {
  const Suite& suite;
  const std::vector<Row>& rows;
  const std::optional<Comparison>& baseline;
};

std::string results_jsonl(const std::vector<Row>& rows);
// failure = a criterion, error = a fault, skipped = not run or excused. `time` is the simulated time in seconds.
std::string junit_xml(const ReportData& data);
std::string report_html(const ReportData& data, sim::Issues& issues);

// Workflow commands for the first ten runs that are not good, and Markdown for the step summary.
std::string github_annotations(const ReportData& data);
std::string summary_markdown(const ReportData& data);

// `scenario.xosc speed=20 gap=5 seed 3`
std::string title_of(const Row& row);

}  // namespace bitgoeul::scenarios::batch
