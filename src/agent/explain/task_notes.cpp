#include "agent/explain/task_notes.hpp"

#include "agent/binary_coding.hpp"

#include <algorithm>
#include <array>

namespace vc::agent {

namespace {

using Kind = IngredientKind;
using Length = std::uint32_t;

// The least an ingredient takes; bounds what a damaged count can make us reserve.
constexpr std::size_t kIngredientBytesMin = 1 + 4 + 1;

// How a value is written: after one of these words in front of a digest, or as it is.
constexpr std::array<std::string_view, 5> kDigestWords{"", "file ", "executable ", "link ",
                                                       "digest "};
constexpr std::uint8_t kPlainValue = 0xFF;

void encode_value(BinaryEncoder& out, std::string_view value) {
  if (value.size() >= Digest::kHexSize) {
    const std::size_t word_bytes = value.size() - Digest::kHexSize;
    const auto* const word = std::ranges::find(kDigestWords, value.substr(0, word_bytes));
    const auto digest = Digest::parse(value.substr(word_bytes));
    if (word != kDigestWords.end() && digest) {
      out.number(static_cast<std::uint8_t>(word - kDigestWords.begin()));
      out.digest(*digest);
      return;
    }
  }
  out.number(kPlainValue);
  out.text<Length>(value);
}

std::optional<std::string> decode_value(BinaryDecoder& in) {
  const auto form = in.number<std::uint8_t>();
  if (form == kPlainValue) {
    return std::string(in.text<Length>());
  }
  if (form >= kDigestWords.size()) {
    return std::nullopt;
  }
  return std::string(kDigestWords.at(form)) + in.digest().hex();
}

bool is_file_kind(Kind kind) {
  return kind == Kind::input || kind == Kind::global_input;
}

bool is_result(std::uint8_t number) {
  return number == static_cast<std::uint8_t>(NotedResult::good) ||
         number == static_cast<std::uint8_t>(NotedResult::failed);
}

std::optional<NotesHead> read_head(BinaryDecoder& in) {
  NotesHead head{.label = in.text<Length>(), .key = in.digest()};
  head.time = TimePoint(std::chrono::milliseconds(in.number<std::int64_t>()));
  const auto result = in.number<std::uint8_t>();
  head.result = static_cast<NotedResult>(result);
  return in.failed() || !is_result(result) ? std::nullopt : std::optional(head);
}

}  // namespace

std::string_view TaskNotes::directory() const {
  const auto package = std::ranges::find(ingredients, Kind::package, &Ingredient::kind);
  return package == ingredients.end() ? std::string_view() : package->value;
}

TaskNotes notes_of(std::string_view label, const TaskFingerprint& fingerprint,
                   const NotedRun& run) {
  TaskNotes notes{
      .label = std::string(label), .key = fingerprint.key, .time = run.time, .result = run.result};
  std::size_t files = 0;
  Hasher further_files;
  for_each_ingredient(fingerprint, [&](const Ingredient& ingredient) {
    if (is_file_kind(ingredient.kind) && ++files > kNotedFilesMax) {
      further_files.update(ingredient.name);
      further_files.update(ingredient.value);
      return;
    }
    notes.ingredients.push_back(ingredient);
    if (ingredient.kind == Kind::argument) {
      notes.ingredients.back().value = sha256(ingredient.value).hex();
    }
  });
  if (files > kNotedFilesMax) {
    notes.ingredients.push_back(
        {.kind = Kind::input, .name = "", .value = further_files.finish().hex()});
  }
  return notes;
}

std::string encode_notes(const TaskNotes& notes) {
  BinaryEncoder out;
  out.text<Length>(notes.label);
  out.digest(notes.key);
  out.number(std::int64_t{notes.time.time_since_epoch().count()});
  out.number(static_cast<std::uint8_t>(notes.result));
  out.number(static_cast<Length>(notes.ingredients.size()));
  for (const Ingredient& ingredient : notes.ingredients) {
    out.number(static_cast<std::uint8_t>(ingredient.kind));
    out.text<Length>(ingredient.name);
    encode_value(out, ingredient.value);
  }
  return std::move(out.out);
}

std::optional<NotesHead> head_of_notes(std::string_view bytes) {
  BinaryDecoder in(bytes);
  return read_head(in);
}

std::optional<TaskNotes> decode_notes(std::string_view bytes) {
  BinaryDecoder in(bytes);
  const auto head = read_head(in);
  const auto count = in.number<Length>();
  if (!head || in.failed() || count > in.left() / kIngredientBytesMin) {
    return std::nullopt;
  }
  TaskNotes notes{.label = std::string(head->label),
                  .key = head->key,
                  .time = head->time,
                  .result = head->result};
  notes.ingredients.reserve(count);
  for (Length i = 0; i < count && !in.failed(); ++i) {
    const auto kind = static_cast<Kind>(in.number<std::uint8_t>());
    std::string name(in.text<Length>());
    auto value = decode_value(in);
    if (!value || name_of(kind).empty()) {
      return std::nullopt;
    }
    notes.ingredients.push_back(
        {.kind = kind, .name = std::move(name), .value = *std::move(value)});
  }
  if (in.failed() || in.left() != 0) {
    return std::nullopt;
  }
  return notes;
}

}  // namespace vc::agent
