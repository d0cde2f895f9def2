// Finds what identifies a person or a vehicle in any bytes and blots it out, letter by letter, so that no length
// changes: number plates (Korean, romanised, common Latin forms), VIN, telephone, e-mail, MAC. Looks at the bytes as
// UTF-8, CP949 and UTF-16 of both byte orders at any alignment, because logs hold text in all of them. Used by
// `log redact`. Rather too much than too little. Thread rule: pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitgoeul::replay {

enum class SecretKind : std::uint8_t { kPlate, kVin, kPhone, kEmail, kMac, kNamed };
inline constexpr std::size_t kSecretKinds = 6;
std::string_view to_string(SecretKind kind);

using SecretCounts = std::array<std::uint64_t, kSecretKinds>;

// `names`: further words to blot out, UTF-8. Counts what was found.
void blot(std::string& bytes, const std::vector<std::string>& names, SecretCounts& counts);

}  // namespace bitgoeul::replay
