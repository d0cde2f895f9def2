#include "replay/redact_text.h"

#include <algorithm>
#include <optional>

namespace bitgoeul::replay {
namespace {

// The bytes as letters of one encoding: code point, and where it stands.
struct Letter {
  char32_t code = 0;
  std::uint32_t offset = 0, size = 1;
};
constexpr char32_t kNoLetter = 0x110000;
constexpr char32_t kHangul = 0xAC00;  // any syllable will do

enum class Coding { kUtf8, kCp949, kUtf16Little, kUtf16Big };

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

Letter utf8_at(std::string_view bytes, std::size_t at) {
  const unsigned first = byte_at(bytes, at);
  const auto offset = static_cast<std::uint32_t>(at);
  if (first < 0x80) return {first, offset, 1};
  const std::uint32_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (size == 0 || at + size > bytes.size()) return {kNoLetter, offset, 1};
  char32_t code = first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(bytes, at + i) & 0xC0) != 0x80) return {kNoLetter, offset, 1};
    code = code << 6 | (byte_at(bytes, at + i) & 0x3F);
  }
  return {code, offset, size};
}

Letter cp949_at(std::string_view bytes, std::size_t at) {
  const unsigned first = byte_at(bytes, at);
  const auto offset = static_cast<std::uint32_t>(at);
  if (first < 0x80) return {first, offset, 1};
  if (at + 1 == bytes.size() || byte_at(bytes, at + 1) < 0x41) return {kNoLetter, offset, 1};
  const bool syllable = first >= 0x81 && first <= 0xC8;
  return {syllable ? kHangul : kNoLetter, offset, 2};
}

std::vector<Letter> letters_of(std::string_view bytes, Coding coding, std::size_t from) {
  std::vector<Letter> letters;
  letters.reserve(bytes.size());
  for (std::size_t at = from; at < bytes.size();) {
    if (coding == Coding::kUtf8) {
      letters.push_back(utf8_at(bytes, at));
    } else if (coding == Coding::kCp949) {
      letters.push_back(cp949_at(bytes, at));
    } else {
      if (at + 1 == bytes.size()) break;
      const unsigned a = byte_at(bytes, at), b = byte_at(bytes, at + 1);
      const char32_t code = coding == Coding::kUtf16Little ? a | b << 8 : a << 8 | b;
      letters.push_back({code, static_cast<std::uint32_t>(at), 2});
    }
    at += letters.back().size;
  }
  return letters;
}

bool digit(char32_t c) { return c >= '0' && c <= '9'; }
bool upper(char32_t c) { return c >= 'A' && c <= 'Z'; }
bool lower(char32_t c) { return c >= 'a' && c <= 'z'; }
bool letter(char32_t c) { return upper(c) || lower(c); }
bool word(char32_t c) { return letter(c) || digit(c); }
bool hex(char32_t c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool hangul(char32_t c) { return c >= 0xAC00 && c <= 0xD7A3; }

// Reads patterns from a place on; each try_ function gives the end of the match, or nothing.
class Matcher {
 public:
  explicit Matcher(const std::vector<Letter>& letters) : l_(letters) {}

  std::optional<std::size_t> match(std::size_t at, SecretKind& kind) const {
    if (!word(code(at)) && code(at) != '+' && code(at) != '(') return {};
    const auto found = match_any(at, kind);
    return found && (kind == SecretKind::kPlate || kind == SecretKind::kPhone) && in_hash(at) ? std::nullopt : found;
  }

 private:
  std::optional<std::size_t> match_any(std::size_t at, SecretKind& kind) const {
    const auto is = [&](std::optional<std::size_t> end, SecretKind what) {
      if (end) kind = what;
      return end;
    };
    if (auto end = is(email(at), SecretKind::kEmail)) return end;
    if (auto end = is(mac(at), SecretKind::kMac)) return end;
    if (auto end = is(vin(at), SecretKind::kVin)) return end;
    if (auto end = is(plate(at), SecretKind::kPlate)) return end;
    return is(phone(at), SecretKind::kPhone);
  }

  // A commit or a hash: 20 hexadecimal digits or more in a row, in small letters; part of it may look like a number.
  // Before the 40 of a commit stands, in Protobuf, their count, which is a bracket.
  bool in_hash(std::size_t at) const {
    const auto nibble = [](char32_t c) { return digit(c) || (c >= 'a' && c <= 'f'); };
    std::size_t begin = code(at) == '(' ? at + 1 : at;
    while (begin > 0 && at - begin < 128 && nibble(code(begin - 1))) --begin;
    const std::size_t size = run(begin, 256, nibble);
    return size >= 20 && run(begin, 256, digit) < size;
  }

  char32_t code(std::size_t at) const { return at < l_.size() ? l_[at].code : kNoLetter; }
  bool starts_word(std::size_t at) const { return at == 0 || !word(code(at - 1)); }
  bool ends_word(std::size_t end) const { return !word(code(end)); }
  template <class Test>
  std::size_t run(std::size_t at, std::size_t most, Test test) const {
    std::size_t end = at;
    while (end - at < most && test(code(end))) ++end;
    return end - at;
  }
  std::size_t gap(std::size_t at) const { return code(at) == ' ' || code(at) == '-' ? 1 : 0; }

  std::optional<std::size_t> email(std::size_t at) const {
    const auto local = [](char32_t c) { return word(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-'; };
    if (!word(code(at)) || (at > 0 && local(code(at - 1)))) return {};
    const std::size_t name = run(at, 65, local);
    if (name > 64 || code(at + name) != '@') return {};
    const std::size_t host = at + name + 1;
    std::size_t size = run(host, 255, [](char32_t c) { return word(c) || c == '.' || c == '-'; });
    while (size > 0 && !letter(code(host + size - 1))) --size;
    for (std::size_t i = host + 1; i + 2 < host + size + 1; ++i)
      if (code(i) == '.') return host + size;
    return {};
  }

  std::optional<std::size_t> mac(std::size_t at) const {
    if (!starts_word(at)) return {};
    const char32_t mark = code(at + 2);
    if (mark == ':' || mark == '-') {
      for (std::size_t i = 0; i < 6; ++i) {
        const std::size_t pair = at + 3 * i;
        if (!hex(code(pair)) || !hex(code(pair + 1)) || (i < 5 && code(pair + 2) != mark)) return {};
      }
      return ends_word(at + 17) ? std::optional(at + 17) : std::nullopt;
    }
    for (std::size_t i = 0; i < 3; ++i)
      if (run(at + 5 * i, 4, hex) != 4 || (i < 2 && code(at + 5 * i + 4) != '.')) return {};
    return ends_word(at + 14) ? std::optional(at + 14) : std::nullopt;
  }

  // ISO 3779: 17 letters and digits without I, O and Q.
  std::optional<std::size_t> vin(std::size_t at) const {
    if (!starts_word(at)) return {};
    std::size_t digits = 0, letters = 0;
    for (std::size_t i = 0; i < 17; ++i) {
      const char32_t c = code(at + i);
      const char32_t big = lower(c) ? c - 32 : c;
      if (!word(c) || big == 'I' || big == 'O' || big == 'Q') return {};
      digits += digit(c), letters += letter(c);
    }
    return ends_word(at + 17) && digits >= 3 && letters >= 2 ? std::optional(at + 17) : std::nullopt;
  }

  std::optional<std::size_t> plate(std::size_t at) const {
    if (at > 0 && digit(code(at - 1))) return {};
    if (digit(code(at))) {
      if (auto end = korean_plate(at)) return end;
    }
    if (!starts_word(at)) return {};
    return latin_plate(at);
  }

  // 12가3456, 123 가 4567, and romanised 12GA3456.
  std::optional<std::size_t> korean_plate(std::size_t at) const {
    const std::size_t head = run(at, 3, digit);
    if (head < 2) return {};
    std::size_t next = at + head + gap(at + head);
    const std::size_t roman = run(next, 3, letter);
    if (hangul(code(next))) {
      next += 1;
    } else if (roman >= 2) {
      next += roman;
    } else {
      return {};
    }
    next += gap(next);
    return run(next, 5, digit) == 4 ? std::optional(next + 4) : std::nullopt;
  }

  std::optional<std::size_t> latin_plate(std::size_t at) const {
    const std::size_t head = run(at, 4, upper);
    const std::size_t numbers = run(at, 5, digit);
    const auto done = [&](std::size_t end) { return ends_word(end) ? std::optional(end) : std::nullopt; };
    if (head >= 1 && head <= 3 && code(at + head) == '-') {  // M-AB 1234
      const std::size_t middle = run(at + head + 1, 3, upper);
      const std::size_t tail = at + head + 1 + middle + gap(at + head + 1 + middle);
      const std::size_t size = run(tail, 5, digit);
      if (middle >= 1 && middle <= 2 && size >= 1 && size <= 4) return done(tail + size);
    }
    if (head == 3 && gap(at + 3) == 1) {  // ABC-1234
      const std::size_t size = run(at + 4, 5, digit);
      if (size == 3 || size == 4) return done(at + 4 + size);
    }
    if (head == 2 && run(at + 2, 3, digit) == 2) {  // AB12 CDE
      const std::size_t tail = at + 4 + gap(at + 4);
      if (run(tail, 4, upper) == 3) return done(tail + 3);
    }
    if ((numbers == 3 || numbers == 4) && gap(at + numbers) == 1) {  // 1234-ABC
      const std::size_t size = run(at + numbers + 1, 4, upper);
      if (size == 2 || size == 3) return done(at + numbers + 1 + size);
    }
    return {};
  }

  // Korean numbers with or without separators, others with a plus sign.
  std::optional<std::size_t> phone(std::size_t at) const {
    if (at > 0 && (word(code(at - 1)) || code(at - 1) == '.')) return {};
    if (code(at) == '+') return international(at);
    const std::size_t open = code(at) == '(' ? 1 : 0;
    std::size_t next = at + open;
    if (code(next) != '0') return {};
    const std::size_t area = code(next + 1) == '2' && !digit(code(next + 2)) ? 2 : code(next + 1) == '2' ? 2 : 3;
    if (run(next, area, digit) != area || code(next + 1) < '1' || code(next + 1) > '7') return {};
    next += area + (open != 0 && code(next + area) == ')' ? 1 : 0);
    const auto mark = [&](std::size_t i) { return gap(i) == 1 || code(i) == '.' ? std::size_t{1} : std::size_t{0}; };
    next += mark(next);
    for (const std::size_t middle : {4u, 3u}) {
      if (run(next, middle, digit) != middle) continue;
      const std::size_t tail = next + middle + mark(next + middle);
      if (run(tail, 5, digit) == 4) return tail + 4;
    }
    return {};
  }

  std::optional<std::size_t> international(std::size_t at) const {
    std::size_t next = at + 1, digits = 0, end = at;
    while (digits < 16) {
      const std::size_t part = run(next, 16 - digits, digit);
      if (part == 0) break;
      digits += part;
      end = next + part;
      next = end + (code(end) == ' ' || code(end) == '-' || code(end) == '.' ? 1 : 0);
    }
    return digits >= 9 && digits <= 15 ? std::optional(end) : std::nullopt;
  }

  const std::vector<Letter>& l_;
};

void blot_letters(std::string& bytes, const std::vector<Letter>& letters, std::size_t begin, std::size_t end,
                  Coding coding) {
  for (std::size_t i = begin; i < end; ++i) {
    const Letter& one = letters[i];
    const bool wide = coding == Coding::kUtf16Little || coding == Coding::kUtf16Big;
    for (std::size_t b = 0; b < one.size; ++b)
      bytes[one.offset + b] = wide && (b == 0) == (coding == Coding::kUtf16Big) ? '\0' : 'x';
  }
}

bool named(const std::vector<Letter>& letters, std::size_t at, const std::vector<Letter>& name) {
  if (name.empty() || letters.size() - at < name.size()) return false;
  return std::equal(name.begin(), name.end(), letters.begin() + static_cast<std::ptrdiff_t>(at),
                    [](const Letter& a, const Letter& b) { return a.code == b.code; });
}

void blot_as(std::string& bytes, Coding coding, std::size_t from, const std::vector<std::string>& names,
             SecretCounts& counts) {
  const std::vector<Letter> letters = letters_of(bytes, coding, from);
  std::vector<std::vector<Letter>> words;
  if (coding != Coding::kCp949)
    for (const std::string& name : names) words.push_back(letters_of(name, Coding::kUtf8, 0));
  const Matcher matcher(letters);
  for (std::size_t at = 0; at < letters.size(); ++at) {
    SecretKind kind = SecretKind::kNamed;
    auto end = matcher.match(at, kind);
    for (const auto& word : words)
      if (!end && named(letters, at, word)) end = at + word.size();
    if (!end) continue;
    blot_letters(bytes, letters, at, *end, coding);
    ++counts[static_cast<std::size_t>(kind)];
    at = *end - 1;
  }
}

// Text in UTF-16 that any pattern can match has Latin letters or digits, and beside each of them a zero.
bool maybe_wide(std::string_view bytes, std::size_t zero, std::size_t from) {
  int found = 0;
  for (std::size_t at = from; at + 1 < bytes.size(); at += 2)
    if (bytes[at + zero] == '\0' && word(byte_at(bytes, at + 1 - zero)) && ++found >= 4) return true;
  return false;
}

}  // namespace

std::string_view to_string(SecretKind kind) {
  constexpr std::string_view kNames[] = {"plate", "vin", "phone", "email", "mac", "named"};
  return kNames[static_cast<std::size_t>(kind)];
}

void blot(std::string& bytes, const std::vector<std::string>& names, SecretCounts& counts) {
  blot_as(bytes, Coding::kUtf8, 0, names, counts);
  if (std::any_of(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) != 0; })) {
    // Two bytes a letter: the reading may have begun in the middle of one.
    blot_as(bytes, Coding::kCp949, 0, names, counts);
    blot_as(bytes, Coding::kCp949, 1, names, counts);
  }
  for (const std::size_t from : {0u, 1u}) {
    if (maybe_wide(bytes, 1, from)) blot_as(bytes, Coding::kUtf16Little, from, names, counts);
    if (maybe_wide(bytes, 0, from)) blot_as(bytes, Coding::kUtf16Big, from, names, counts);
  }
}

}  // namespace bitgoeul::replay
