// Style, body and script of a batch's report.html: table with filter and sort, heat map over two parameters, histogram,
// criteria beside the baseline, pass rates over seeds. The script reads DATA, made by report_page.cpp, and writes text
// only through textContent, so that no name in a scenario becomes markup. Thread rule: constants.
#pragma once

namespace bitgoeul::scenarios::batch {

extern const char* const kPageStyle;
extern const char* const kPageBody;
extern const char* const kPageScript;

}  // namespace bitgoeul::scenarios::batch
