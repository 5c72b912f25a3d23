#include "agent/config/ready_when.hpp"

#include <array>
#include <utility>

namespace vc::agent {

namespace {

Result<void> check_line_pattern(std::string_view text) {
  if (text.size() > kReadyTextBytesMax) {
    return fail(Errc::invalid, "it has more than 200 bytes");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      if (text[i] >= '0' && text[i] <= '9') {
        return fail(Errc::invalid, "references to groups are not supported");
      }
    } else if (text[i] == '{') {
      return fail(Errc::invalid, "counts in braces are not supported",
                  "for the character itself write \\{");
    }
  }
  return {};
}

}  // namespace

void LinePattern::Free::operator()(regex_t* compiled) const {
  ::regfree(compiled);
  delete compiled;
}

Result<LinePattern> LinePattern::compile(const std::string& text) {
  VC_CHECK(check_line_pattern(text));
  auto compiled = std::make_unique<regex_t>();
  const int failure = ::regcomp(compiled.get(), text.c_str(), REG_EXTENDED | REG_NOSUB);
  if (failure != 0) {
    std::array<char, 200> said{};
    ::regerror(failure, compiled.get(), said.data(), said.size());
    return fail(Errc::invalid, said.data());
  }
  LinePattern pattern;
  pattern.compiled_.reset(compiled.release());
  return pattern;
}

bool LinePattern::occurs_in(const std::string& line) const {
  return ::regexec(compiled_.get(), line.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace vc::agent
