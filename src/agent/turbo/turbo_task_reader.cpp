#include "agent/turbo/turbo_task_reader.hpp"

#include "agent/config/task_reader.hpp"
#include "agent/diagnostic_codes.hpp"
#include "core/glob.hpp"
#include "core/suggest.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace vc::agent {

namespace {

class TurboTaskReader {
 public:
  TurboTaskReader(YamlReader& reader, std::set<std::string>& without_effect)
      : reader_(reader), without_effect_(without_effect) {}

  TurboTask read(const YamlEntry& entry) {
    task_.at = reader_.key_position(entry);
    read_turbo_keys(reader_, reader_.map(entry), kKeys, *this);
    if (dot_env_ && !dot_env_->empty()) {
      if (!task_.inputs || task_.inputs->empty()) {
        task_.inputs = {{.text = std::string(kTurboDefaultInputs), .at = task_.at}};
      }
      std::ranges::move(*dot_env_, std::back_inserter(*task_.inputs));
    }
    return std::move(task_);
  }

 private:
  void read_depends_on(const YamlEntry& entry) { task_.depends_on = dependencies(entry); }

  void read_with(const YamlEntry& entry) { task_.with = dependencies(entry); }

  TurboTexts dependencies(const YamlEntry& entry) {
    task_.is_empty = false;
    TurboTexts items = turbo_texts(reader_, entry);
    if (!items) {
      return items;
    }
    std::erase_if(*items, [&](const YamlText& item) {
      std::string_view name = item.text;
      const bool is_upstream = name.starts_with('^');
      name.remove_prefix(is_upstream ? 1 : 0);
      const std::size_t hash = name.rfind('#');
      const bool lacks_package = hash == 0 || (is_upstream && hash != std::string_view::npos);
      const bool is_good = item.text == kTurboExtends ||
                           (name.starts_with('$') && name.size() > 1) ||
                           (is_task_name(name.substr(hash + 1)) && !lacks_package);
      if (!is_good) {
        reader_.error(codes::kBadDependency, item.at,
                      fmt::format("\"{}\" is not a dependency", item.text),
                      "write task, ^task (in the packages this one uses) or package#task");
      }
      return !is_good;
    });
    return items;
  }

  void read_outputs(const YamlEntry& entry) {
    task_.outputs = patterns(turbo_texts(reader_, entry));
  }

  void read_inputs(const YamlEntry& entry) {
    if (entry.value->kind != YamlNode::Kind::sequence) {
      task_.inputs = patterns(turbo_texts(reader_, entry));
      return;
    }
    // Beside texts there may be objects: globs looked at later than the others, or a choice among
    // what dependencies made. All of a dependency counts in our keys, and early.
    std::vector<YamlText> texts;
    for (const std::uint32_t id : entry.value->children) {
      const YamlNode& item = reader_.node(id);
      if (item.kind == YamlNode::Kind::map) {
        read_input_object(entry, item, texts);
      } else if (item.kind == YamlNode::Kind::scalar && item.quoted) {
        texts.push_back({.text = item.text, .at = reader_.position(item)});
      } else {
        reader_.error(codes::kWrongType, reader_.position(item),
                      "an item of \"inputs\" must be a text or an object");
      }
    }
    task_.inputs = patterns(std::move(texts));
  }

  void read_input_object(const YamlEntry& entry, const YamlNode& object,
                         std::vector<YamlText>& texts) {
    std::string mode;
    for (const YamlEntry& part : reader_.map(object, entry.key)) {
      if (part.key == "mode") {
        mode = reader_.text(part).value_or("");
      } else if (part.key == "globs" && mode != "dependencyOutputs") {
        std::ranges::move(turbo_texts(reader_, part).value_or(std::vector<YamlText>()),
                          std::back_inserter(texts));
      }
    }
    without_effect_.insert("inputs of mode " + (mode.empty() ? "?" : mode));
  }

  TurboTexts patterns(TurboTexts items) {
    task_.is_empty = false;
    if (items) {
      std::erase_if(*items, [&](const YamlText& item) {
        return item.text != kTurboDefaultInputs && item.text != kTurboExtends &&
               !check_turbo_pattern(reader_, item);
      });
    }
    return items;
  }

  void read_env(const YamlEntry& entry) { task_.env = variables(entry); }

  void read_pass_env(const YamlEntry& entry) { task_.pass_env = variables(entry); }

  TurboTexts variables(const YamlEntry& entry) {
    task_.is_empty = false;
    std::vector<YamlText> names;
    for (std::string& name : turbo_variables(reader_, entry)) {
      names.push_back({.text = std::move(name), .at = reader_.position(entry)});
    }
    return names;
  }

  void read_cache(const YamlEntry& entry) {
    task_.is_empty = false;
    task_.cache = reader_.boolean(entry);
  }

  void read_persistent(const YamlEntry& entry) {
    task_.is_empty = false;
    task_.persistent = reader_.boolean(entry);
  }

  void read_extends(const YamlEntry& entry) {
    task_.inherits = reader_.boolean(entry).value_or(true);
  }

  void read_description(const YamlEntry& entry) {
    task_.description = reader_.text(entry).value_or("");
  }

  void read_output_logs(const YamlEntry& entry) {
    if (reader_.text(entry).value_or("full") != "full") {
      without_effect_.insert(entry.key);
    }
  }

  // Version 1: files beside the inputs, in the order of their precedence.
  void read_dot_env(const YamlEntry& entry) { dot_env_ = patterns(turbo_texts(reader_, entry)); }

  void note_if_true(const YamlEntry& entry) {
    if (reader_.boolean(entry).value_or(false)) {
      without_effect_.insert(entry.key);
    }
  }

  static const std::array<KeyRow<TurboTaskReader>, 16> kKeys;

  YamlReader& reader_;
  std::set<std::string>& without_effect_;
  TurboTask task_;
  TurboTexts dot_env_;
};

constexpr std::array<KeyRow<TurboTaskReader>, 16> TurboTaskReader::kKeys{{
    {.name = "dependsOn", .read = &TurboTaskReader::read_depends_on},
    {.name = "inputs", .read = &TurboTaskReader::read_inputs},
    {.name = "outputs", .read = &TurboTaskReader::read_outputs},
    {.name = "env", .read = &TurboTaskReader::read_env},
    {.name = "passThroughEnv", .read = &TurboTaskReader::read_pass_env},
    {.name = "cache", .read = &TurboTaskReader::read_cache},
    {.name = "persistent", .read = &TurboTaskReader::read_persistent},
    {.name = "with", .read = &TurboTaskReader::read_with},
    {.name = "extends", .read = &TurboTaskReader::read_extends},
    {.name = "description", .read = &TurboTaskReader::read_description},
    {.name = "outputLogs", .read = &TurboTaskReader::read_output_logs},
    {.name = "outputMode", .read = &TurboTaskReader::read_output_logs},
    {.name = "interactive", .read = &TurboTaskReader::note_if_true},
    {.name = "interruptible", .read = nullptr},
    {.name = "tags", .read = nullptr},
    {.name = "dotEnv", .read = &TurboTaskReader::read_dot_env},
}};

}  // namespace

TurboTask read_turbo_task(YamlReader& reader, const YamlEntry& entry,
                          std::set<std::string>& without_effect) {
  return TurboTaskReader(reader, without_effect).read(entry);
}

TurboTexts turbo_texts(YamlReader& reader, const YamlEntry& entry) {
  TurboTexts items = reader.texts(entry);
  if (items) {
    for (const std::uint32_t id : entry.value->children) {
      const YamlNode& item = reader.node(id);
      if (item.kind == YamlNode::Kind::scalar && !item.quoted) {
        reader.error(codes::kWrongType, reader.position(item),
                     fmt::format("an item of \"{}\" must be a text", entry.key),
                     fmt::format("write \"{}\"", item.text));
      }
    }
  }
  return items;
}

std::vector<std::string> turbo_variables(YamlReader& reader, const YamlEntry& entry) {
  std::vector<std::string> names;
  for (const YamlText& item : turbo_texts(reader, entry).value_or(std::vector<YamlText>())) {
    if (item.text == kTurboExtends || is_variable_pattern(item.text)) {
      names.push_back(item.text);
    } else {
      reader.error(codes::kBadValue, item.at, fmt::format("\"{}\" is not a variable", item.text),
                   item.text.starts_with('$') ? "leave the $ out" : "write NAME or NAME_*");
    }
  }
  return names;
}

bool check_turbo_pattern(YamlReader& reader, const YamlText& item) {
  std::string_view pattern = without_exclusion(item.text);
  if (pattern.starts_with(kTurboRootPrefix)) {
    pattern.remove_prefix(kTurboRootPrefix.size());
  }
  while (pattern.starts_with("../")) {
    pattern.remove_prefix(3);
  }
  if (pattern.starts_with('$')) {
    reader.error(codes::kBadPattern, item.at, fmt::format("\"{}\" is not a pattern", item.text),
                 "known are $TURBO_DEFAULT$, $TURBO_ROOT$/ and $TURBO_EXTENDS$");
    return false;
  }
  if (const auto glob = Glob::compile(pattern); !glob) {
    reader.error(codes::kBadPattern, item.at, glob.error().message, glob.error().hint);
    return false;
  }
  return true;
}

void warn_of_unknown_turbo_key(YamlReader& reader, const YamlEntry& entry,
                               std::span<const std::string_view> known) {
  const std::vector<std::string> candidates(known.begin(), known.end());
  const auto closest = closest_word(entry.key, candidates);
  reader.warning(codes::kUnknownKey, reader.key_position(entry),
                 fmt::format("unknown key \"{}\"; it is ignored", entry.key),
                 closest ? fmt::format("did you mean \"{}\"?", *closest) : "");
}

}  // namespace vc::agent
