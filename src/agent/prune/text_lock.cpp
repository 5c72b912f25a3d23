#include "agent/prune/text_lock.hpp"

#include "agent/lockfile/lock_json.hpp"
#include "agent/lockfile/lock_text.hpp"
#include "agent/prune/kept_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

// A text without some of its pieces, which are told in order.
class Remains {
 public:
  explicit Remains(std::string_view text) : text_(text) {}

  void drop(std::size_t begin, std::size_t end) {
    out_ += text_.substr(kept_until_, begin - kept_until_);
    kept_until_ = end;
  }

  std::string take() {
    drop(text_.size(), text_.size());
    return std::move(out_);
  }

 private:
  std::string_view text_;
  std::string out_;
  std::size_t kept_until_ = 0;
};

class PnpmCut {
 public:
  PnpmCut(std::string_view text, const LockText& tree) : text_(text), tree_(tree), remains_(text) {}

  using Stays = std::function<bool(const LockTextNode& entry, std::size_t number)>;

  Result<std::string> cut(const std::function<Stays(std::string_view section)>& rule_of) {
    tree_.for_each(tree_.root(), [&](const LockTextNode& section) {
      if (const Stays stays = rule_of(section.key)) {
        cut_section(section, stays);
      }
    });
    if (!has_lines_) {
      return fail(Errc::invalid, "its entries are not on lines of their own, as pnpm writes them");
    }
    return remains_.take();
  }

 private:
  // With the lines above it that are its own: a long key stands by itself in front of ":".
  std::size_t begin_of(const LockTextNode& node) const {
    const auto begin = static_cast<std::size_t>(node.raw.data() - text_.data());
    const std::string_view line = node.raw.substr(0, node.raw.find_first_of("\r\n"));
    if (begin == 0 || !line.ends_with(':') || line.find_first_not_of(' ') + 1 != line.size()) {
      return begin;
    }
    return text_.rfind('\n', begin - 2) + 1;  // npos + 1 is 0.
  }

  // An entry goes with the empty lines behind it, a section without entries with its heading.
  void cut_section(const LockTextNode& section, const Stays& stays) {
    const auto begin = static_cast<std::size_t>(section.raw.data() - text_.data());
    const std::size_t end = begin + section.raw.size();
    std::vector<std::pair<std::size_t, bool>> entries;
    tree_.for_each(section, [&](const LockTextNode& entry) {
      const std::size_t before = entries.empty() ? begin : entries.back().first;
      entries.emplace_back(begin_of(entry), stays(entry, entries.size()));
      has_lines_ = has_lines_ && entries.back().first > before;
    });
    if (!has_lines_) {
      return;
    }
    if (std::ranges::none_of(entries, [](const auto& entry) { return entry.second; })) {
      remains_.drop(begin, end);
      return;
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].second) {
        remains_.drop(entries[i].first, i + 1 < entries.size() ? entries[i + 1].first : end);
      }
    }
  }

  std::string_view text_;
  const LockText& tree_;
  Remains remains_;
  bool has_lines_ = true;
};

bool is_kept(const KeptNodes& kept, std::size_t number) {
  return number < kept.size() && kept[number];
}

// Nodes of the graph are the entries of `snapshots`, or without such of `packages`, in order.
Result<std::string> prune_pnpm(std::string_view text, const LockGraph& graph,
                               const KeptNodes& kept) {
  VC_TRY(const LockText tree, LockText::parse(text));
  const LockTextNode* snapshots = tree.find(tree.root(), "snapshots");
  std::set<std::string_view> described;
  if (snapshots != nullptr) {
    std::size_t number = 0;
    tree.for_each(*snapshots, [&](const LockTextNode& entry) {
      if (is_kept(kept, number++)) {
        described.insert(entry.key);
        described.insert(entry.key.substr(0, entry.key.find('(')));  // Without its peers.
      }
    });
  }
  const PnpmCut::Stays by_number = [&](const LockTextNode&, std::size_t number) {
    return is_kept(kept, number);
  };
  return PnpmCut(text, tree).cut([&](std::string_view section) -> PnpmCut::Stays {
    if (section == "importers") {
      return [&](const LockTextNode& entry, std::size_t) {
        return is_kept(kept, graph.importers.find(importer_directory(entry.key))->second);
      };
    }
    if (section == "packages" && snapshots != nullptr) {
      return [&](const LockTextNode& entry, std::size_t) { return described.contains(entry.key); };
    }
    return section == "snapshots" || section == "packages" ? by_number : PnpmCut::Stays();
  });
}

// Nodes of the graph are the entries, in order. Each begins with a line that is not indented.
Result<std::string> prune_yarn_classic(std::string_view text, const KeptNodes& kept) {
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (!line.empty() && line != "\r" && line.front() != ' ' && line.front() != '#') {
      begins.push_back(at);
    }
    at += line.size() + 1;
  }
  begins.push_back(text.size());
  if (!text.substr(0, begins.front()).contains("# yarn lockfile v1")) {
    return fail(Errc::invalid, "it does not begin as yarn's lockfiles do");
  }
  Remains remains(text);
  for (std::size_t entry = 0; entry + 1 < begins.size(); ++entry) {
    if (!is_kept(kept, entry)) {
      remains.drop(begins[entry], begins[entry + 1]);
    }
  }
  return remains.take();
}

}  // namespace

Result<std::string> prune_text_lock(std::string_view file, std::string_view text,
                                    const std::vector<std::string>& directories,
                                    const LockContext& context) {
  const bool is_yarn = file == "yarn.lock";
  if ((!is_yarn && file != "pnpm-lock.yaml") || text.starts_with("\xEF\xBB\xBF") ||
      (is_yarn && text.contains("\n__metadata:"))) {
    return fail(Errc::invalid, "lockfiles of its format are not cut down");
  }
  VC_TRY(const LockGraph graph, read_lockfile(file, text, context));
  VC_TRY(const KeptNodes kept, kept_nodes(graph, directories));
  return is_yarn ? prune_yarn_classic(text, kept) : prune_pnpm(text, graph, kept);
}

std::vector<std::string> pnpm_patches(std::string_view text) {
  std::vector<std::string> files;
  const auto tree = LockText::parse(text);
  const LockTextNode* patched = tree ? tree->find(tree->root(), "patchedDependencies") : nullptr;
  if (patched != nullptr) {
    tree->for_each(*patched, [&](const LockTextNode& patch) {
      if (const std::string_view path = tree->text(patch, "path"); !path.empty()) {
        files.emplace_back(path);
      }
    });
  }
  return files;
}

}  // namespace vc::agent
