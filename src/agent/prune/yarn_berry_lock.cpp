#include "agent/prune/yarn_berry_lock.hpp"

#include "agent/lockfile/lock_json.hpp"
#include "agent/prune/berry_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

// Longer ones yarn writes as "? key" and ":".
constexpr std::size_t kPlainKeyBytesMax = 1024;

// Relative to the root, in whose folder "~/" is; others are relative to who asks for the patch.
std::set<std::string> files_of_patch(const YarnPatch& patch) {
  constexpr std::string_view kRootFolder = "~/";
  std::string folder = percent_decoded(patch.params);
  const std::size_t mark = folder.find(kWorkspaceProtocol);
  folder = mark == std::string::npos ? "." : folder.substr(mark + kWorkspaceProtocol.size());
  folder.resize(std::min(folder.find('&'), folder.size()));
  std::set<std::string> files;
  for (std::string_view rest = patch.files; !rest.empty();) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    std::string_view file = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    file.remove_prefix(std::min(file.find('!') + 1, file.size()));  // npos + 1 is 0.
    if (file.starts_with(kRootFolder)) {
      files.insert(importer_directory(file.substr(kRootFolder.size())));
    } else if (!file.contains(kBuiltinPatch)) {
      files.insert(importer_directory(fmt::format("{}/{}", folder, file)));
    }
  }
  return files;
}

// Follows dependencies. Peers bring nothing along: whoever provides them asks for them.
class BerryWalk {
 public:
  BerryWalk(const LockText& tree, const std::vector<BerryLockEntry>& entries,
            const BerryDescriptors& descriptors)
      : tree_(tree), entries_(entries), descriptors_(descriptors) {}

  void ask_for(std::string_view descriptor) {
    if (asked_.insert(descriptor).second) {
      todo_.push_back(descriptor);
    }
  }

  // It is not there to be depended on.
  void leave_out(const BerryLockEntry& entry) { left_out_.insert(entry.node); }

  // A package of the workspace stands for itself, whoever asks.
  void ask_for_package(const BerryLockEntry& entry) {
    const std::string itself = fmt::format("{}@{}", entry.name, entry.reference);
    const auto found = std::ranges::find(entry.descriptors, itself);
    ask_or_note(found == entry.descriptors.end() ? std::nullopt : std::optional(*found));
  }

  // Whether the lockfile says all that is needed.
  bool run() {
    while (!todo_.empty()) {
      const std::string_view descriptor = todo_.back();
      todo_.pop_back();
      follow(descriptor);
    }
    return !is_incomplete_;
  }

  const std::set<std::string_view>& asked() const { return asked_; }

 private:
  void follow(std::string_view descriptor) {
    const std::size_t number = descriptors_.entry(descriptor);
    if (const auto patch = patch_of_descriptor(descriptor)) {
      ask_or_note(descriptors_.find_source(*patch));
    }
    if (!entered_.insert(number).second) {
      return;
    }
    const BerryLockEntry& entry = entries_[number];
    is_incomplete_ = is_incomplete_ || left_out_.contains(entry.node);
    const LockTextNode* wanted = tree_.find(*entry.node, "dependencies");
    if (wanted == nullptr) {
      return;
    }
    tree_.for_each(*wanted, [&](const LockTextNode& dependency) {
      ask_or_note(descriptors_.resolve(entry, dependency.key, dependency.value));
    });
  }

  void ask_or_note(std::optional<std::string_view> descriptor) {
    if (descriptor) {
      ask_for(*descriptor);
    } else {
      is_incomplete_ = true;
    }
  }

  const LockText& tree_;
  const std::vector<BerryLockEntry>& entries_;
  const BerryDescriptors& descriptors_;
  std::set<std::string_view> asked_;
  std::set<std::size_t> entered_;
  std::set<const LockTextNode*> left_out_;
  std::vector<std::string_view> todo_;
  bool is_incomplete_ = false;
};

// What stays, as yarn writes it: sorted by key, an empty line before each.
std::string write_entries(std::string_view text, const std::vector<BerryLockEntry>& entries,
                          const std::set<std::string_view>& asked) {
  const std::string_view eol = text.contains("\r\n") ? "\r\n" : "\n";
  std::map<std::string, std::string_view> stays;
  for (const BerryLockEntry& entry : entries) {
    std::string key;
    for (const std::string_view descriptor : entry.descriptors) {
      if (asked.contains(descriptor)) {
        key += (key.empty() ? "" : ", ");
        key += descriptor;
      }
    }
    if (!key.empty()) {
      const std::string_view raw = entry.node->raw;
      stays.emplace(std::move(key), raw.substr(std::min(raw.find('\n'), raw.size() - 1) + 1));
    }
  }
  const auto header_bytes =
      static_cast<std::size_t>(entries.front().node->raw.data() - text.data());
  // A long key stands in front of what belongs to it.
  const std::size_t header_end =
      entries.front().node->raw.starts_with(':') ? text.rfind("\n? ", header_bytes) : header_bytes;
  const auto without_empty_lines = [](std::string_view piece) {
    return piece.substr(0, piece.find_last_not_of("\r\n ") + 1);
  };
  std::string out(without_empty_lines(text.substr(0, header_end)));
  for (const auto& [key, body] : stays) {
    const std::string quoted = quoted_yarn_key(key);
    const std::string head = quoted.size() > kPlainKeyBytesMax ? fmt::format("? {}{}:", quoted, eol)
                                                               : fmt::format("{}:", quoted);
    out += fmt::format("{0}{0}{1}{0}{2}", eol, head, without_empty_lines(body));
  }
  return out.append(eol);
}

}  // namespace

Result<std::string> prune_yarn_berry_lock(std::string_view text,
                                          const std::vector<std::string>& directories,
                                          const YarnResolutions& resolutions) {
  VC_TRY(const LockText tree, LockText::parse(text));
  VC_TRY(const std::vector<BerryLockEntry> entries, berry_entries(tree));
  const BerryDescriptors descriptors(entries, resolutions);
  BerryWalk of_all(tree, entries, descriptors);
  BerryWalk of_these(tree, entries, descriptors);
  std::set<std::string, std::less<>> unknown(directories.begin(), directories.end());
  unknown.insert("");
  for (const BerryLockEntry& entry : entries) {
    if (entry.directory) {
      of_all.ask_for_package(entry);
      if (unknown.erase(*entry.directory) > 0) {
        of_these.ask_for_package(entry);
      } else {
        of_these.leave_out(entry);
      }
    }
  }
  if (!unknown.empty()) {
    return fail(Errc::invalid, unknown.begin()->empty() ? "it does not know the root"
                                                        : "it does not know " + *unknown.begin());
  }
  of_all.run();
  for (const BerryLockEntry& entry : entries) {
    for (const std::string_view descriptor : entry.descriptors) {
      if (!entry.directory && !of_all.asked().contains(descriptor)) {
        of_these.ask_for(descriptor);
      }
    }
  }
  if (!of_these.run()) {
    return fail(Errc::invalid, "it does not say everything that the packages depend on");
  }
  return write_entries(text, entries, of_these.asked());
}

std::vector<std::string> yarn_berry_patches(std::string_view text) {
  std::set<std::string> files;
  const auto tree = LockText::parse(text);
  if (!tree) {
    return {};
  }
  tree->for_each(tree->root(), [&](const LockTextNode& node) {
    for (const std::string_view descriptor : descriptors_of(node.key)) {
      if (const auto patch = patch_of_descriptor(descriptor)) {
        files.merge(files_of_patch(*patch));
      }
    }
  });
  return {files.begin(), files.end()};
}

}  // namespace vc::agent
