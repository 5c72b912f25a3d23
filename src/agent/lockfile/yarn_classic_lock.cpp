// yarn.lock of yarn 1, a format of its own: descriptors and ':', then `name "value"` by two blanks,
// then by four what it depends on. What the packages of the workspace want is in their manifests.
#include "agent/lockfile/lock_graph.hpp"
#include "agent/lockfile/yarn_entries.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::string_view kHeading = "# yarn lockfile v1";

struct Wanted {
  std::string_view name;
  std::string_view range;
  YarnNeed need = YarnNeed::required;
};

struct ClassicEntry {
  std::vector<std::string_view> descriptors;
  std::string identity;
  std::vector<Wanted> dependencies;
};

// A quoted or plain text off the front; `ends` are what ends a plain one.
std::optional<std::string_view> take_text(std::string_view& rest, std::string_view ends) {
  std::string_view text;
  if (rest.starts_with('"')) {
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    text = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(rest.find_first_of(ends), rest.size());
    text = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  return text.empty() || text.contains('\\') ? std::nullopt : std::optional(text);
}

class ClassicReader {
 public:
  explicit ClassicReader(std::string_view text) : text_(text) {}

  Result<std::vector<ClassicEntry>> read() {
    for (std::size_t number = 1; !text_.empty(); ++number) {
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      std::string_view line = text_.substr(0, end);
      text_.remove_prefix(std::min(end + 1, text_.size()));
      line.remove_suffix(line.ends_with('\r') ? 1 : 0);
      if (!line.empty() && !line.starts_with('#') && !read_line(line)) {
        return fail(Errc::invalid, fmt::format("line {} is not what yarn writes", number));
      }
    }
    return std::move(entries_);
  }

 private:
  bool read_line(std::string_view line) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(indent);
    if (line.empty() || line.contains('\t')) {
      return false;
    }
    switch (indent) {
      case 0:
        return read_descriptors(line);
      case 2:
        return !entries_.empty() && read_field(line);
      case 4:
        return !entries_.empty() && read_dependency(line);
      default:
        return false;
    }
  }

  bool read_descriptors(std::string_view line) {
    if (!line.ends_with(':')) {
      return false;
    }
    line.remove_suffix(1);
    ClassicEntry& entry = entries_.emplace_back();
    section_ = {};
    for (;;) {
      const auto descriptor = take_text(line, ",");
      if (!descriptor || descriptor->find('@', 1) == std::string_view::npos) {
        return false;
      }
      entry.descriptors.push_back(*descriptor);
      if (line.empty()) {
        entry.identity = name_of_descriptor(*descriptor);
        return true;
      }
      if (!line.starts_with(", ")) {
        return false;
      }
      line.remove_prefix(2);
    }
  }

  bool read_field(std::string_view line) {
    if (line.ends_with(':')) {
      section_ = line.substr(0, line.size() - 1);
      return section_ == "dependencies" || section_ == "optionalDependencies";
    }
    section_ = {};
    // version, resolved, integrity, uid, registry: all of it says what is installed.
    entries_.back().identity += '\n';
    entries_.back().identity += line;
    return line.contains(' ');
  }

  bool read_dependency(std::string_view line) {
    const auto name = take_text(line, " ");
    if (section_.empty() || !name || !line.starts_with(' ')) {
      return false;
    }
    line.remove_prefix(1);
    const bool is_any = line == "\"\"";  // No range at all.
    const auto range = is_any ? std::optional<std::string_view>("") : take_text(line, "");
    if (!range || (!line.empty() && !is_any)) {
      return false;
    }
    entries_.back().dependencies.push_back(
        {.name = *name,
         .range = *range,
         .need = section_ == "dependencies" ? YarnNeed::required : YarnNeed::optional});
    return true;
  }

  std::string_view text_;
  std::string_view section_;
  std::vector<ClassicEntry> entries_;
};

}  // namespace

Result<LockGraph> read_yarn_classic_lock(std::string_view text, const LockContext& context) {
  text = without_byte_order_mark(text);
  if (!text.contains(kHeading)) {
    return fail(Errc::invalid, "it does not say \"# yarn lockfile v1\"");
  }
  VC_TRY(const std::vector<ClassicEntry> entries, ClassicReader(text).read());
  LockGraph graph;
  YarnEntries by_descriptor(graph, context);
  for (const ClassicEntry& entry : entries) {
    const LockId id = graph.add(entry.identity);
    for (const std::string_view descriptor : entry.descriptors) {
      by_descriptor.add(descriptor, id);
    }
  }
  for (LockId id = 0; id < entries.size(); ++id) {
    for (const Wanted& wanted : entries[id].dependencies) {
      by_descriptor.require(id, wanted.name, wanted.range, wanted.need);
    }
  }
  for (const LockImporter& importer : context.importers) {
    const LockId id = graph.add({});
    graph.importers.emplace(importer.directory, id);
    for (const ManifestDependency& wanted : *importer.dependencies) {
      by_descriptor.require(
          id, wanted.name, wanted.range,
          wanted.kind == DependencyKind::ordinary ? YarnNeed::required : YarnNeed::optional);
    }
  }
  return graph;
}

}  // namespace vc::agent
