#include "agent/native/go_files.hpp"

#include "agent/native/native_files.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace vc::agent {

namespace {

using GoWords = std::vector<std::string>;

class GoFileReader {
 public:
  explicit GoFileReader(const SourceText& source) : source_(source) {}

  std::expected<GoFile, Diagnostic> read() {
    std::size_t offset = 0;
    for (std::size_t number = 0; offset < source_.text().size() && !error_; ++number) {
      offset = source_.offset_of_line(number + 1);
      if (const auto words = words_of(number)) {
        take_line(*words, number);
      }
    }
    if (!block_.empty() && !error_) {
      fail(block_line_, "a \"(\" is not closed");
    }
    if (error_) {
      return std::unexpected(*std::move(error_));
    }
    return std::move(file_);
  }

 private:
  void fail(std::size_t line, std::string message) {
    if (!error_) {
      const std::string_view text = source_.line(static_cast<int>(line) + 1);
      const std::size_t begin = std::min(text.find_first_not_of(kWhiteSpace), text.size());
      error_ = manifest_error(source_, source_.at_line(line, begin, trimmed(text).size()),
                              std::move(message));
    }
  }

  // Words are bare, "interpreted" or `raw`; "//" begins a comment, parentheses stand alone.
  std::optional<GoWords> words_of(std::size_t number) {
    std::string_view rest = source_.line(static_cast<int>(number) + 1);
    GoWords words;
    while (true) {
      rest = trimmed(rest);
      if (rest.empty() || rest.starts_with("//")) {
        return words;
      }
      const char first = rest.front();
      if (first == '(' || first == ')') {
        words.emplace_back(1, first);
        rest.remove_prefix(1);
      } else if (first == '"' || first == '`') {
        const std::size_t end = rest.find(first, 1);
        if (end == std::string_view::npos) {
          fail(number, "a quoted text is not closed");
          return std::nullopt;
        }
        words.emplace_back(rest.substr(1, end - 1));
        rest.remove_prefix(end + 1);
      } else {
        const std::size_t end = std::min(rest.find_first_of(" \t\r\n()\"`"), rest.find("//"));
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end, rest.size()));
      }
    }
  }

  void take_line(const GoWords& words, std::size_t number) {
    if (words.empty()) {
      return;
    }
    if (!block_.empty()) {
      if (words.front() == ")") {
        block_.clear();
      } else {
        take_directive(block_, words, number);
      }
    } else if (words.size() >= 2 && words[1] == "(") {
      block_ = words.size() == 2 ? words.front() : "";
      block_line_ = number;
      if (words.size() > 3 || (words.size() == 3 && words[2] != ")")) {
        fail(number, "nothing may follow \"(\" in its line");
      }
    } else {
      take_directive(words.front(), GoWords(words.begin() + 1, words.end()), number);
    }
  }

  void take_directive(std::string_view verb, const GoWords& words, std::size_t number) {
    if (verb == "replace") {
      take_replacement(words, number);
      return;
    }
    if (verb != "module" && verb != "require" && verb != "use") {
      return;
    }
    if (words.empty() || words.front().empty()) {
      fail(number, fmt::format("\"{}\" of nothing", verb));
    } else if (verb == "module") {
      file_.module = words.front();
      if (!is_usable_name(file_.module)) {
        fail(number, "the module's path contains a blank or \"#\"");
      }
    } else if (verb == "require") {
      file_.requirements.push_back(words.front());
    } else {
      const std::string_view text = source_.line(static_cast<int>(number) + 1);
      const std::size_t column = text.find(words.front());
      file_.uses.push_back(
          {.path = words.front(), .at = source_.at_line(number, column, words.front().size())});
    }
  }

  // old [version] => new [version]
  void take_replacement(const GoWords& words, std::size_t number) {
    const auto arrow = std::ranges::find(words, "=>");
    if (arrow == words.begin() || arrow == words.end() || arrow + 1 == words.end()) {
      fail(number, "a replacement is written \"module => other\"");
      return;
    }
    file_.replacements.push_back({.module = words.front(), .by = *(arrow + 1)});
  }

  const SourceText& source_;
  GoFile file_;
  std::string block_;  // The directive whose parentheses are open.
  std::size_t block_line_ = 0;
  std::optional<Diagnostic> error_;
};

}  // namespace

std::expected<GoFile, Diagnostic> parse_go_file(std::string_view text, std::string_view file) {
  const SourceText source(std::string(file), without_byte_order_mark(text));
  return GoFileReader(source).read();
}

}  // namespace vc::agent
