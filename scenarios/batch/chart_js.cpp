#include "scenarios/batch/chart_js.h"

// The assembler reads the file; BITGOEUL_CHART_JS is its path.
asm(".section .rodata\n"
    ".global bitgoeul_chart_js_begin\n"
    ".global bitgoeul_chart_js_end\n"
    "bitgoeul_chart_js_begin:\n"
    ".incbin \"" BITGOEUL_CHART_JS
    "\"\n"
    "bitgoeul_chart_js_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char bitgoeul_chart_js_begin[];
extern const char bitgoeul_chart_js_end[];
}

namespace bitgoeul::scenarios::batch {

std::string_view chart_js() {
  return {bitgoeul_chart_js_begin, static_cast<std::size_t>(bitgoeul_chart_js_end - bitgoeul_chart_js_begin)};
}

}  // namespace bitgoeul::scenarios::batch
