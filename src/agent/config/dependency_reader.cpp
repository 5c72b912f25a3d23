#include "agent/config/dependency_reader.hpp"

#include "agent/config/task_reader.hpp"
#include "agent/diagnostic_codes.hpp"
#include "core/suggest.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kInputsWord = "inputs";
constexpr std::string_view kOutputsWord = "outputs";

std::optional<DependencyPattern> parse_dependency(YamlReader& reader, std::string_view text,
                                                  const SourcePosition& at) {
  DependencyPattern dependency{.at = at};
  std::string_view rest = text;
  if (rest.starts_with('^')) {
    dependency.kind = DependencyPattern::Kind::dependencies;
    rest.remove_prefix(1);
  } else if (const std::size_t hash = rest.rfind('#'); hash != std::string_view::npos) {
    dependency.kind = DependencyPattern::Kind::exact_package;
    dependency.package = rest.substr(0, hash);
    rest.remove_prefix(hash + 1);
  }
  const bool lacks_package =
      dependency.kind == DependencyPattern::Kind::exact_package && dependency.package.empty();
  if (!is_task_name(rest) || lacks_package) {
    reader.error(codes::kBadDependency, at, fmt::format("\"{}\" is not a dependency", text),
                 text.starts_with('$')
                     ? "variables belong in \"env\""
                     : "write task, ^task (in the packages this one uses) or package#task");
    return std::nullopt;
  }
  dependency.task = rest;
  return dependency;
}

// {task: ^build, on: outputs}
class DependencyMapReader {
 public:
  explicit DependencyMapReader(YamlReader& reader) : reader_(reader) {}

  std::optional<DependencyPattern> read(const YamlNode& node) {
    read_keys(reader_, reader_.map(node, "an item of \"depends_on\""), kKeys, *this);
    if (!names_task_) {
      reader_.error(codes::kMissingKey, reader_.position(node),
                    "an item of \"depends_on\" names no task", "write {task: ^build, on: outputs}");
    }
    if (dependency_) {
      dependency_->on = on_;
    }
    return std::move(dependency_);
  }

 private:
  static const std::array<KeyRow<DependencyMapReader>, 2> kKeys;

  void read_task(const YamlEntry& entry) {
    names_task_ = true;
    if (const auto text = reader_.text(entry)) {
      dependency_ = parse_dependency(reader_, *text, reader_.position(entry));
    }
  }

  void read_on(const YamlEntry& entry) {
    const auto text = reader_.text(entry);
    if (text && *text != kInputsWord && *text != kOutputsWord) {
      const std::array words{std::string(kInputsWord), std::string(kOutputsWord)};
      const auto closest = closest_word(*text, words);
      reader_.error(codes::kBadValue, reader_.position(entry),
                    fmt::format("\"on\" is \"{}\"", *text),
                    closest ? fmt::format("did you mean \"{}\"?", *closest)
                            : "write inputs (the default: all it is made of) or outputs (only "
                              "what it has made)");
    }
    on_ = text == kOutputsWord ? DependencyOn::outputs : DependencyOn::inputs;
  }

  YamlReader& reader_;
  std::optional<DependencyPattern> dependency_;
  DependencyOn on_ = DependencyOn::inputs;
  bool names_task_ = false;
};

constexpr std::array<KeyRow<DependencyMapReader>, 2> DependencyMapReader::kKeys{{
    {.name = "task", .read = &DependencyMapReader::read_task},
    {.name = "on", .read = &DependencyMapReader::read_on},
}};

}  // namespace

std::vector<DependencyPattern> read_dependencies(YamlReader& reader, const YamlEntry& entry) {
  std::vector<DependencyPattern> found;
  if (entry.value->kind != YamlNode::Kind::sequence) {
    static_cast<void>(reader.texts(entry));  // Says so.
    return found;
  }
  for (const std::uint32_t id : entry.value->children) {
    const YamlNode& item = reader.node(id);
    std::optional<DependencyPattern> dependency;
    if (item.kind == YamlNode::Kind::scalar) {
      dependency = parse_dependency(reader, item.text, reader.position(item));
    } else if (item.kind == YamlNode::Kind::map) {
      dependency = DependencyMapReader(reader).read(item);
    } else {
      const bool is_null = item.kind == YamlNode::Kind::null;
      reader.error(codes::kWrongType, is_null ? reader.key_position(entry) : reader.position(item),
                   "an item of \"depends_on\" must be a task",
                   "write task, ^task or package#task, or {task: ^build, on: outputs}");
    }
    if (dependency) {
      found.push_back(*std::move(dependency));
    }
  }
  return found;
}

std::string written_form(const DependencyPattern& dependency) {
  switch (dependency.kind) {
    case DependencyPattern::Kind::dependencies:
      return "^" + dependency.task;
    case DependencyPattern::Kind::exact_package:
      return fmt::format("{}#{}", dependency.package, dependency.task);
    case DependencyPattern::Kind::same_package:
      break;
  }
  return dependency.task;
}

}  // namespace vc::agent
