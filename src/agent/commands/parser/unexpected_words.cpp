#include "agent/commands/parser/unexpected_words.hpp"

#include "agent/commands/parser.hpp"
#include "core/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vc::agent {

namespace {

std::string flag_suggestion(const std::string& word, std::string_view command) {
  std::vector<std::string> flags;
  for (const CommandDescription& one : describe_commands()) {
    for (const FlagDescription& flag : one.flags) {
      if (one.name == command) {
        flags.push_back(flag.name);
      }
    }
  }
  const auto closest = closest_word(word.substr(0, word.find('=')), flags);
  return closest ? fmt::format("did you mean {}? ", *closest) : "";
}

}  // namespace

std::string unexpected_words(const std::vector<std::string>& unknown, std::string_view command) {
  const bool is_flag = unknown.front().starts_with('-');
  const std::string words = fmt::format("\"{}\"", fmt::join(unknown, "\", \""));
  return fmt::format("error: {}\nhelp: {}see velocity-cli {}{}--help\n",
                     is_flag ? "there is no flag " + words : words + " is not expected here",
                     is_flag ? flag_suggestion(unknown.front(), command) : "", command,
                     command.empty() ? "" : " ");
}

}  // namespace vc::agent
