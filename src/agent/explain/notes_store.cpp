#include "agent/explain/notes_store.hpp"

#include "agent/binary_coding.hpp"
#include "agent/state_directory.hpp"

#include <fmt/core.h>

#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kNotesMagic = "velocity notes 1\n";
constexpr std::string_view kNotesSuffix = ".notes";

void append_framed(std::string& text, std::string_view encoded) {
  BinaryEncoder frame;
  frame.text<std::uint32_t>(encoded);
  text += frame.out;
}

// Names begin with the time in digits that sort.
std::vector<fs::path> newest_first(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == kNotesSuffix) {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files, std::greater{});
  return files;
}

std::string file_name(TimePoint now) {
  return fmt::format("{:016x}-{:x}{}", now.time_since_epoch().count(), ::getpid(), kNotesSuffix);
}

}  // namespace

NotesStore NotesStore::load(const fs::path& state_directory, const NotesLimits& limits) {
  NotesStore store(state_directory / kNotesDirectory, limits);
  store.read_files();
  return store;
}

void NotesStore::read_files() {
  files_ = newest_first(directory_);
  std::size_t bytes = 0;
  for (const fs::path& file : files_) {
    auto text = read_file(file, limits_.bytes_max);
    if (!text || bytes + text->size() > limits_.bytes_max) {
      continue;
    }
    bytes += text->size();
    texts_.push_back(std::make_unique<std::string>(*std::move(text)));
    index(*texts_.back());
  }
}

void NotesStore::index(std::string_view text) {
  if (!text.starts_with(kNotesMagic)) {
    return;
  }
  BinaryDecoder in(text.substr(kNotesMagic.size()));
  while (in.left() > 0) {
    const std::string_view encoded = in.text<std::uint32_t>();
    const auto head = head_of_notes(encoded);
    if (in.failed() || !head) {
      return;
    }
    order_.push_back({.head = *head, .encoded = encoded});
    by_label_[head->label].push_back(order_.back());
  }
}

std::span<const NotesStore::Entry> NotesStore::entries_of(std::string_view label) const {
  const auto found = by_label_.find(label);
  return found == by_label_.end() ? std::span<const Entry>() : found->second;
}

std::optional<TaskNotes> NotesStore::last(std::string_view label) const {
  const auto entries = entries_of(label);
  return entries.empty() ? std::nullopt : decode_notes(entries.front().encoded);
}

std::optional<Digest> NotesStore::last_key(std::string_view label) const {
  const auto entries = entries_of(label);
  return entries.empty() ? std::nullopt : std::optional(entries.front().head.key);
}

std::optional<TaskNotes> NotesStore::find(std::string_view label, const Digest& key) const {
  for (const Entry& entry : entries_of(label)) {
    if (entry.head.key == key) {
      return decode_notes(entry.encoded);
    }
  }
  return std::nullopt;
}

std::optional<TaskNotes> NotesStore::other_than(std::string_view label, const Digest& key) const {
  for (const Entry& entry : entries_of(label)) {
    if (entry.head.key != key) {
      return decode_notes(entry.encoded);
    }
  }
  return std::nullopt;
}

bool NotesStore::is_known(std::string_view label, const Digest& key, NotedResult result) const {
  const auto entries = entries_of(label);
  return !entries.empty() && entries.front().head.key == key &&
         entries.front().head.result == result;
}

std::string NotesStore::kept_beside(std::span<const TaskNotes> fresh) const {
  std::unordered_map<std::string_view, std::set<Digest>> keys;
  for (const TaskNotes& notes : fresh) {
    keys[notes.label].insert(notes.key);
  }
  constexpr std::size_t kKeysOfATask = 2;
  std::string text;
  std::size_t kept = fresh.size();
  for (const Entry& entry : order_) {
    if (kept >= limits_.notes_max || text.size() + entry.encoded.size() > limits_.bytes_max / 2) {
      break;
    }
    std::set<Digest>& known = keys[entry.head.label];
    if (known.size() < kKeysOfATask && known.insert(entry.head.key).second) {
      append_framed(text, entry.encoded);
      ++kept;
    }
  }
  return text;
}

Result<void> NotesStore::add(std::span<const TaskNotes> notes, TimePoint now) {
  std::string text(kNotesMagic);
  for (const TaskNotes& one : notes) {
    if (!is_known(one.label, one.key, one.result)) {
      append_framed(text, encode_notes(one));
    }
  }
  if (text.size() == kNotesMagic.size()) {
    return {};
  }
  const bool merges = files_.size() >= limits_.files_max;
  if (merges) {
    text += kept_beside(notes);
  }
  VC_CHECK(make_state_directory(directory_.parent_path(), kNotesDirectory));
  VC_CHECK(write_file_atomically(directory_ / file_name(now), text));
  if (merges) {
    for (const fs::path& file : files_) {
      std::error_code ignored;  // Then it is merged the next time.
      fs::remove(file, ignored);
    }
    sweep_temporaries(directory_, now);
  }
  return {};
}

}  // namespace vc::agent
