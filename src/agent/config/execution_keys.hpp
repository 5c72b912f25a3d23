// Reads the keys of ExecutionRules. A value that is wrong is reported, and read as the default.
#pragma once

#include "agent/config/execution_rules.hpp"
#include "agent/config/yaml_reader.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

unsigned read_retries(YamlReader& reader, const YamlEntry& entry);
unsigned read_weight(YamlReader& reader, const YamlEntry& entry);
std::chrono::seconds read_timeout(YamlReader& reader, const YamlEntry& entry);
// A name, or a list of them.
std::vector<std::string> read_mutex(YamlReader& reader, const YamlEntry& entry);

// A text, a /pattern/ or {port: 3000}.
std::optional<ReadyWhen> read_ready_when(YamlReader& reader, const YamlEntry& entry);

// "30s", "5m", "1h30m": hours, minutes and seconds in this order, each at most once, none of them
// with a fraction; more than nothing and at most kTimeoutMax. Errc::invalid says what is wrong; its
// hint, what was probably meant.
Result<std::chrono::seconds> parse_timeout(std::string_view text);

}  // namespace vc::agent
