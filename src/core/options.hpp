// OptionTable: what a program can be told, as data. One table makes the parser of flags and
// variables, `--help`, docs/config.md and the warnings about misspelt variables.
//
// `VC_LOCAL_ROOT` and `--local-root` are one option: the flag is the variable's name without the
// prefix, lower case, with dashes. A flag wins over the variable, the variable over `VC_..._FILE`
// (secrets only: the value is the file's content without a final newline), that over the default.
// VC_X together with VC_X_FILE is an error. A variable that is set to nothing counts as unset: that
// is what `VC_X=${X}` in a compose file gives when X is not set.
#pragma once

#include "core/env.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc {

enum class OptionKind { text, integer, boolean, bytes, seconds, choice };
enum class Secrecy { plain, secret };

struct Option {
  std::string_view variable;  // "VC_LOCAL_ROOT"
  OptionKind kind = OptionKind::text;
  std::string_view default_value;  // In the form a user would write; empty means unset.
  std::string_view doc;            // One sentence, for --help and docs/config.md.
  Secrecy secrecy = Secrecy::plain;
  std::string_view choices;      // For `choice`: "s3|local".
  std::int64_t min = INT64_MIN;  // For integer, bytes and seconds.
  std::int64_t max = INT64_MAX;
};

// Parsed values; every name asked for must be in the table (asserted).
class OptionValues {
 public:
  std::string text(std::string_view variable) const;  // "" when unset and without default.
  // Also bytes ("10GiB", "512MB", "1048576") and seconds ("15m", "90"); 0 when unset.
  std::int64_t integer(std::string_view variable) const;
  // false when unset.
  bool boolean(std::string_view variable) const;
  bool is_set(std::string_view variable) const;  // Given by flag, variable or file.

  std::vector<std::string> warnings;  // Unknown variables with our prefix, with a suggestion.

 private:
  friend class OptionParser;

  struct Value {
    std::string text;
    std::int64_t number = 0;
    bool is_set = false;
  };

  const Value& at(std::string_view variable) const;

  std::map<std::string, Value, std::less<>> values_;
};

// `arguments` are flags as `--name=value` or `--name value` (booleans also bare; the last of two
// counts). Every mistake is reported in one error message, a line each. Values of secrets are never
// part of a message.
Result<OptionValues> parse_options(std::span<const Option> table,
                                   std::span<const std::string> arguments,
                                   const Environment& environment, std::string_view prefix = "VC_");

// "VC_LOCAL_ROOT" -> "--local-root".
std::string flag_of(std::string_view variable, std::string_view prefix = "VC_");

// The flags section of --help, and the table of docs/config.md.
std::string options_help(std::span<const Option> table, std::string_view prefix = "VC_");
std::string options_markdown(std::span<const Option> table, std::string_view prefix = "VC_");

}  // namespace vc
