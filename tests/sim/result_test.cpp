#include "sim/result.h"

#include <doctest/doctest.h>

using namespace bitgoeul::sim;

TEST_CASE("an issue prints as file:line:column with element, rule and remedy") {
  Issue issue;
  issue.file = "a.xodr";
  issue.line = 12;
  issue.column = 3;
  issue.where = "<road id=\"1\">";
  issue.what = "length is negative";
  issue.rule = "OpenDRIVE 1.8, 10";
  issue.remedy = "give the length in metres";
  CHECK(to_string(issue) ==
        "a.xodr:12:3: error: <road id=\"1\">: length is negative [OpenDRIVE 1.8, 10] (give the length in metres)");
}
