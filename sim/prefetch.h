// prefetch(): asks for a cache line that will be read in a moment. No result depends on it. An instruction of our own,
// because GCC takes a function of nothing but __builtin_prefetch for one without effect and drops its calls. Thread
// rule: any.
#pragma once

namespace bitgoeul::sim {

inline void prefetch(const void* address) {
#ifdef __x86_64__
  asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address);
#endif
}

}  // namespace bitgoeul::sim
