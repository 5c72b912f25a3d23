#include "agent/native/toml_document.hpp"
#include "agent/prune/cargo_workspace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kCrateHead = "[[package]]";

struct LockedCrate {
  std::string name;
  std::string version;
  std::string source;  // "" is the workspace, or a folder beside it.
  std::vector<std::string> dependencies;
};

std::string toml_text(const TomlValue& table, std::string_view key) {
  const TomlValue* value = table.find(key);
  return value == nullptr ? std::string() : value->text;
}

class CargoLockCut {
 public:
  explicit CargoLockCut(const TomlValue& packages) {
    for (const TomlValue& package : packages.items) {
      LockedCrate crate{.name = toml_text(package, "name"),
                        .version = toml_text(package, "version"),
                        .source = toml_text(package, "source"),
                        .dependencies = {}};
      if (const TomlValue* dependencies = package.find("dependencies")) {
        for (const TomlValue& dependency : dependencies->items) {
          crate.dependencies.push_back(dependency.text);
        }
      }
      by_name_[crate.name].push_back(crates_.size());
      crates_.push_back(std::move(crate));
    }
  }

  Result<std::set<std::size_t>> run(const std::vector<std::string>& names,
                                    const std::vector<std::string>& others) {
    for (const std::string& name : names) {
      const auto own = own_crate(name);
      if (!own) {
        return fail(Errc::invalid, "it does not know " + name);
      }
      keep(*own);
    }
    std::set<std::size_t> left_out;
    for (const std::string& name : others) {
      if (const auto own = own_crate(name)) {
        left_out.insert(*own);
      }
    }
    while (!todo_.empty()) {
      const std::size_t crate = todo_.back();
      todo_.pop_back();
      for (const std::string& dependency : crates_[crate].dependencies) {
        const auto found = resolve(dependency);
        if (!found || left_out.contains(*found)) {
          return fail(Errc::invalid, "it does not say everything that the crates depend on");
        }
        keep(*found);
      }
    }
    for (const std::size_t crate : kept_) {
      ++sources_[crates_[crate].name][crates_[crate].version];
    }
    return kept_;
  }

  // As Cargo writes it where only those are that stay.
  std::string dependency_text(std::string_view dependency) const {
    const auto found = resolve(dependency);
    if (!found || !kept_.contains(*found)) {
      return std::string(dependency);  // Of a list that is none of dependencies.
    }
    const LockedCrate& crate = crates_[*found];
    const auto& versions = sources_.find(crate.name)->second;
    if (versions.find(crate.version)->second > 1) {
      return std::string(dependency);
    }
    return versions.size() > 1 ? fmt::format("{} {}", crate.name, crate.version) : crate.name;
  }

 private:
  void keep(std::size_t crate) {
    if (kept_.insert(crate).second) {
      todo_.push_back(crate);
    }
  }

  std::optional<std::size_t> own_crate(const std::string& name) const { return find(name, "", ""); }

  // "name", "name version" or "name version (source)": as much as tells it from others.
  std::optional<std::size_t> resolve(std::string_view dependency) const {
    const std::size_t name = std::min(dependency.find(' '), dependency.size());
    std::string_view rest = dependency.substr(std::min(name + 1, dependency.size()));
    const std::size_t version = std::min(rest.find(' '), rest.size());
    std::string_view source = rest.substr(std::min(version + 1, rest.size()));
    if (source.starts_with('(') && source.ends_with(')')) {
      source = source.substr(1, source.size() - 2);
      return find(dependency.substr(0, name), rest.substr(0, version), source);
    }
    const auto own = find(dependency.substr(0, name), rest.substr(0, version), "");
    return own ? own : find(dependency.substr(0, name), rest.substr(0, version), std::nullopt);
  }

  // `source` "" is none, nullopt any; one from git is named without its commit. The first one.
  std::optional<std::size_t> find(std::string_view name, std::string_view version,
                                  std::optional<std::string_view> source) const {
    const auto same_name = by_name_.find(name);
    if (same_name == by_name_.end()) {
      return std::nullopt;
    }
    for (const std::size_t number : same_name->second) {
      const LockedCrate& crate = crates_[number];
      const bool is_source =
          !source || (source->empty() ? crate.source.empty() : crate.source.starts_with(*source));
      if (is_source && (version.empty() || crate.version == version)) {
        return number;
      }
    }
    return std::nullopt;
  }

  std::vector<LockedCrate> crates_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_name_;
  std::set<std::size_t> kept_;
  // Of those that stay: how many sources each version of a name has.
  std::map<std::string, std::map<std::string, int>, std::less<>> sources_;
  std::vector<std::size_t> todo_;
};

// Where the lines "[[package]]" and other headings begin, and the end.
struct LockSections {
  std::vector<std::size_t> crates;
  std::set<std::size_t> all;
};

LockSections sections_of(std::string_view text) {
  LockSections sections;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (line.starts_with('[')) {
      sections.all.insert(at);
      if (line.starts_with(kCrateHead)) {
        sections.crates.push_back(at);
      }
    }
    at += line.size() + 1;
  }
  sections.all.insert(text.size());
  return sections;
}

// Its lines that name a dependency are ` "name 1.0.0",`.
std::string with_short_dependencies(std::string_view crate, const CargoLockCut& cut) {
  constexpr std::string_view kBegin = " \"";
  constexpr std::string_view kEnd = "\",";
  std::string out;
  for (std::size_t at = 0; at < crate.size();) {
    const std::string_view line = crate.substr(at, crate.find('\n', at) - at);
    if (line.starts_with(kBegin) && line.ends_with(kEnd) && line.size() > kBegin.size() + 1) {
      const std::string_view dependency =
          line.substr(kBegin.size(), line.size() - kBegin.size() - kEnd.size());
      out += fmt::format("{}{}{}", kBegin, cut.dependency_text(dependency), kEnd);
    } else {
      out += line;
    }
    at += line.size() + 1;
    out += at <= crate.size() ? "\n" : "";
  }
  return out;
}

}  // namespace

Result<std::string> prune_cargo_lock(std::string_view text, const std::vector<std::string>& crates,
                                     const std::vector<std::string>& others) {
  const SourceText source("Cargo.lock", text);
  const auto root = parse_toml(source);
  if (!root) {
    return fail(Errc::invalid, root.error().message);
  }
  const TomlValue* packages = root->find("package");
  const LockSections sections = sections_of(text);
  if (packages == nullptr || packages->items.size() != sections.crates.size() ||
      root->find("metadata") != nullptr) {
    return fail(Errc::invalid, "it is not written as Cargo 1.41 and later write it");
  }
  CargoLockCut cut(*packages);
  VC_TRY(const std::set<std::size_t> kept, cut.run(crates, others));
  std::string out(text.substr(0, sections.crates.front()));
  std::size_t number = 0;
  for (const std::size_t begin : sections.all) {
    const std::size_t end = begin == text.size() ? begin : *sections.all.upper_bound(begin);
    const std::string_view piece = text.substr(begin, end - begin);
    if (begin < sections.crates.front()) {
      continue;
    }
    if (!std::ranges::binary_search(sections.crates, begin)) {
      out += piece;
    } else if (kept.contains(number++)) {
      out += with_short_dependencies(piece, cut);
    }
  }
  // As at the end of the whole file.
  out.erase(out.find_last_not_of('\n') + 1);
  return out + "\n";
}

}  // namespace vc::agent
