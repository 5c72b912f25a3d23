// TaskNotes: what went into the key of a task in some run, kept so that a later run can say what is
// different now.
//
// No secret is in them: values of variables are digests already, arguments become digests here.
#pragma once

#include "agent/fingerprint.hpp"
#include "core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Files of one task beyond this are told by one digest over all of them.
inline constexpr std::size_t kNotedFilesMax = 50'000;

enum class NotedResult : std::uint8_t { good = 1, failed = 2 };

struct TaskNotes {
  std::string label;
  Digest key;
  TimePoint time;
  NotedResult result = NotedResult::good;
  // Files last. Where keys count outputs there is more than what was in the key: made_output is a
  // file this task made, "file <digest>"; maker, the key of a task whose outputs count in this
  // one's.
  std::vector<Ingredient> ingredients;

  // Of the package, relative to the workspace root.
  std::string_view directory() const;
};

struct NotedRun {
  TimePoint time;
  NotedResult result = NotedResult::good;
};

TaskNotes notes_of(std::string_view label, const TaskFingerprint& fingerprint, const NotedRun& run);

// Length-prefixed; digests in their 32 bytes.
std::string encode_notes(const TaskNotes& notes);
// nullopt for anything encode_notes() has not written. Bytes may be anybody's: a gateway's, a
// damaged disk's.
std::optional<TaskNotes> decode_notes(std::string_view bytes);

// The front of encoded notes, without reading the rest.
struct NotesHead {
  std::string_view label;
  Digest key;
  TimePoint time;
  NotedResult result = NotedResult::good;
};

std::optional<NotesHead> head_of_notes(std::string_view bytes);

}  // namespace vc::agent
