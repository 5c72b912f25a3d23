#include "core/options.hpp"

#include "core/assert.hpp"
#include "core/files.hpp"
#include "core/quantity.hpp"
#include "core/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace vc {

namespace {

constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::uint64_t kSecretFileBytesMax = 64 << 10;

std::string file_variable(const Option& option) {
  return std::string(option.variable) + std::string(kFileSuffix);
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const auto closest = closest_word(word, candidates);
  return closest ? "; did you mean " + *closest + "?" : "";
}

bool contains(std::span<const std::string> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::vector<std::string> split_choices(std::string_view choices) {
  std::vector<std::string> words;
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    words.emplace_back(choices.substr(0, bar));
    choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
  }
  return words;
}

// "s3, local or memory"
std::string one_of(std::span<const std::string> words) {
  return words.size() < 2 ? fmt::format("{}", fmt::join(words, ""))
                          : fmt::format("{} or {}", fmt::join(words.first(words.size() - 1), ", "),
                                        words.back());
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") {
    return true;
  }
  if (text == "false" || text == "0" || text == "no" || text == "off") {
    return false;
  }
  return std::nullopt;
}

Result<std::int64_t> parse_number(const Option& option, std::string_view text) {
  std::int64_t number = 0;
  if (option.kind == OptionKind::bytes) {
    VC_TRY(number, parse_byte_count(text));
  } else if (option.kind == OptionKind::seconds) {
    VC_TRY(number, parse_seconds(text));
  } else {
    VC_TRY(number, parse_integer(text));
  }
  if (number < option.min) {
    return fail(Errc::invalid, fmt::format("must be at least {}", option.min));
  }
  if (number > option.max) {
    return fail(Errc::invalid, fmt::format("must be at most {}", option.max));
  }
  return number;
}

// What the text means as a number (0 or 1 for a boolean); 0 for kinds that have none. An error's
// hint is what to put behind its message.
Result<std::int64_t> check_value(const Option& option, std::string_view text) {
  switch (option.kind) {
    case OptionKind::text:
      return 0;
    case OptionKind::boolean: {
      const auto value = parse_boolean(text);
      if (!value) {
        return fail(Errc::invalid, "expected true or false");
      }
      return *value ? 1 : 0;
    }
    case OptionKind::choice: {
      const auto choices = split_choices(option.choices);
      if (!contains(choices, text)) {
        return fail(Errc::invalid, "expected " + one_of(choices), did_you_mean(text, choices));
      }
      return 0;
    }
    case OptionKind::integer:
    case OptionKind::bytes:
    case OptionKind::seconds:
      break;
  }
  return parse_number(option, text);
}

}  // namespace

// Collects mistakes instead of stopping at the first, so that one run shows them all.
class OptionParser {
 public:
  OptionParser(std::span<const Option> table, const Environment& environment,
               std::string_view prefix)
      : table_(table), environment_(environment), prefix_(prefix) {
    for (const Option& option : table_) {
      variables_.emplace_back(option.variable);
      if (option.secrecy == Secrecy::secret) {
        variables_.push_back(file_variable(option));
      }
    }
    for (const std::string& variable : variables_) {
      flags_.push_back(flag_of(variable, prefix_));
    }
  }

  void read_flags(std::span<const std::string> arguments) {
    while (!arguments.empty()) {
      const std::string_view argument = arguments.front();
      arguments = arguments.subspan(1);
      if (!argument.starts_with("--")) {
        mistake(fmt::format("unexpected argument \"{}\"", argument));
        continue;
      }
      const auto equals = argument.find('=');
      const std::string flag(argument.substr(0, equals));
      const auto known = std::ranges::find(flags_, flag);
      if (known == flags_.end()) {
        mistake(fmt::format("{}: unknown flag{}", flag, did_you_mean(flag, flags_)));
        continue;
      }
      const std::string& variable = variables_[static_cast<std::size_t>(known - flags_.begin())];
      if (equals != std::string_view::npos) {
        take_flag(variable, flag, argument.substr(equals + 1));
      } else if (takes_next(variable, arguments)) {
        take_flag(variable, flag, arguments.front());
        arguments = arguments.subspan(1);
      } else {
        take_flag(variable, flag, is_boolean(variable) ? "true" : "");
      }
    }
  }

  void read_options() {
    for (const Option& option : table_) {
      auto& value = values_.values_[std::string(option.variable)];
      const auto given = find_given(option);
      if (given) {
        value = {.text = given->text, .is_set = true};
      } else {
        value.text = option.default_value;
      }
      if (value.text.empty()) {
        continue;
      }
      auto number = check_value(option, value.text);
      if (number) {
        value.number = *number;
        continue;
      }
      VC_ASSERT(given);  // A default that its own table forbids.
      const std::string got =
          option.secrecy == Secrecy::secret ? "" : fmt::format(", got \"{}\"", value.text);
      mistake(fmt::format("{}: {}{}{}", given->source, number.error().message, got,
                          number.error().hint));
    }
  }

  void warn_of_unknown_variables() {
    for (const auto& [name, value] : environment_.all()) {
      if (!name.starts_with(prefix_) || contains(variables_, name)) {
        continue;
      }
      const bool file_of_known =
          name.ends_with(kFileSuffix) &&
          contains(variables_, name.substr(0, name.size() - kFileSuffix.size()));
      values_.warnings.push_back(
          file_of_known ? name + " has no effect: only secrets are read from files"
                        : name + " is not a known variable" + did_you_mean(name, variables_));
    }
  }

  Result<OptionValues> result() && {
    if (!mistakes_.empty()) {
      return fail(Errc::invalid, fmt::format("{}", fmt::join(mistakes_, "\n")),
                  "--help lists all options");
    }
    return std::move(values_);
  }

 private:
  struct Given {
    std::string source;  // "--port", "VC_PORT" or "VC_AUTH_TOKEN_FILE": for messages.
    std::string text;
  };

  void mistake(std::string text) { mistakes_.push_back(std::move(text)); }

  bool is_boolean(std::string_view variable) const {
    const auto option = std::ranges::find(table_, variable, &Option::variable);
    return option != table_.end() && option->kind == OptionKind::boolean;
  }

  // Whether the argument after a flag without '=' is its value.
  bool takes_next(std::string_view variable, std::span<const std::string> arguments) const {
    if (arguments.empty() || arguments.front().starts_with("--")) {
      return false;
    }
    return !is_boolean(variable) || parse_boolean(arguments.front()).has_value();
  }

  void take_flag(const std::string& variable, const std::string& flag, std::string_view text) {
    if (text.empty()) {
      mistake(flag + ": needs a value");
      return;
    }
    given_flags_[variable] = {.source = flag, .text = std::string(text)};
  }

  std::optional<Given> flag_given(const std::string& variable) const {
    const auto found = given_flags_.find(variable);
    return found == given_flags_.end() ? std::nullopt : std::optional(found->second);
  }

  std::optional<Given> variable_given(const std::string& variable) const {
    const auto value = environment_.find(variable);
    if (!value || value->empty()) {
      return std::nullopt;
    }
    return Given{.source = variable, .text = std::string(*value)};
  }

  std::optional<Given> find_given(const Option& option) {
    const std::string variable(option.variable);
    const std::string file = file_variable(option);
    if (option.secrecy == Secrecy::plain) {
      const auto flag = flag_given(variable);
      return flag ? flag : variable_given(variable);
    }
    const auto by_variable = choose(variable_given(variable), variable_given(file));
    const auto by_flag = choose(flag_given(variable), flag_given(file));
    return by_flag ? by_flag : by_variable;
  }

  // A secret by itself or in a file. The file is read only if nothing contradicts it.
  std::optional<Given> choose(std::optional<Given> direct, std::optional<Given> file) {
    if (direct && file) {
      mistake(fmt::format("{} and {} are both given; remove one", direct->source, file->source));
      return direct;
    }
    return file ? read_secret(*file) : direct;
  }

  std::optional<Given> read_secret(const Given& file) {
    auto content = read_file(file.text, kSecretFileBytesMax);
    if (!content) {
      mistake(file.source + ": " + content.error().message);
      return std::nullopt;
    }
    if (content->ends_with('\n')) {
      content->pop_back();
    }
    if (content->ends_with('\r')) {
      content->pop_back();
    }
    if (content->empty()) {
      mistake(fmt::format("{}: {} is empty", file.source, file.text));
      return std::nullopt;
    }
    return Given{.source = file.source, .text = *std::move(content)};
  }

  std::span<const Option> table_;
  const Environment& environment_;
  std::string_view prefix_;
  std::vector<std::string> variables_;  // All that may be set, the _FILE ones of secrets included.
  std::vector<std::string> flags_;      // By the same index.
  std::map<std::string, Given> given_flags_;  // By variable.
  std::vector<std::string> mistakes_;
  OptionValues values_;
};

Result<OptionValues> parse_options(std::span<const Option> table,
                                   std::span<const std::string> arguments,
                                   const Environment& environment, std::string_view prefix) {
  OptionParser parser(table, environment, prefix);
  parser.read_flags(arguments);
  parser.read_options();
  parser.warn_of_unknown_variables();
  return std::move(parser).result();
}

const OptionValues::Value& OptionValues::at(std::string_view variable) const {
  const auto found = values_.find(variable);
  VC_ASSERT(found != values_.end());
  return found->second;
}

std::string OptionValues::text(std::string_view variable) const {
  return at(variable).text;
}

std::int64_t OptionValues::integer(std::string_view variable) const {
  return at(variable).number;
}

bool OptionValues::boolean(std::string_view variable) const {
  return at(variable).number != 0;
}

bool OptionValues::is_set(std::string_view variable) const {
  return at(variable).is_set;
}

}  // namespace vc
