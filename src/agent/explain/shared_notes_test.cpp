#include "agent/explain/shared_notes.hpp"

#include "agent/testing/noted.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vc::agent {
namespace {

const NotesAddress kAddress{.project = "demo",
                            .workspace = "tools/",
                            .commit = "0123456789012345678901234567890123456789",
                            .task = "build"};

std::vector<TaskNotes> two_notes() {
  const TaskNotes lib = noted("lib#build", {noted_file("src/a.ts", "a")});
  return {lib, noted("web#build", {noted_file("src/b.ts", "b"), needs(lib)})};
}

std::string packed(const NotesAddress& address, const SharedNotesLimits& limits = {}) {
  return pack_shared_notes(address, two_notes(), limits).value().bytes;
}

TEST(SharedNotesTest, ReadsWhatIsWritten) {
  const auto notes = SharedNotes::unpack(packed(kAddress), kAddress);
  ASSERT_TRUE(notes.has_value()) << notes.error().message;
  EXPECT_EQ(notes->size(), 2U);
  const auto web = notes->find("web#build");
  ASSERT_TRUE(web.has_value());
  EXPECT_EQ(web->key, two_notes()[1].key);
  EXPECT_EQ(web->ingredients, two_notes()[1].ingredients);
  EXPECT_FALSE(notes->find("other#build").has_value());
}

TEST(SharedNotesTest, EveryPartOfTheAddressAndTheSlotMakesAnotherKey) {
  const auto changed = [](const auto& change) {
    NotesAddress address = kAddress;
    change(address);
    return notes_key(address, 0);
  };
  const std::set<Digest> keys{
      notes_key(kAddress, 0),
      notes_key(kAddress, 1),
      changed([](NotesAddress& a) { a.project = "demot"; }),
      changed([](NotesAddress& a) { a.workspace = ""; }),
      changed([](NotesAddress& a) { a.commit[0] = '1'; }),
      changed([](NotesAddress& a) { a.task = "test"; }),
      changed([](NotesAddress& a) { a.project = "demotools/", a.workspace = ""; })};
  EXPECT_EQ(keys.size(), 7U);
}

TEST(SharedNotesTest, NotesOfAnotherAddressAreRefused) {
  for (const auto part : {&NotesAddress::project, &NotesAddress::workspace, &NotesAddress::commit,
                          &NotesAddress::task}) {
    NotesAddress other = kAddress;
    other.*part += "x";
    EXPECT_FALSE(SharedNotes::unpack(packed(kAddress), other).has_value());
  }
}

TEST(SharedNotesTest, NotesOfATaskWithAnotherNameAreRefused) {
  NotesAddress other = kAddress;
  other.task = "uild";  // "web#build" ends with it.
  EXPECT_FALSE(SharedNotes::unpack(packed(other), other).has_value());
}

TEST(SharedNotesTest, EveryCutAndEveryFlippedByteIsRefused) {
  const std::string whole = packed(kAddress);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(SharedNotes::unpack(whole.substr(0, size), kAddress).has_value()) << size;
  }
  const auto original = SharedNotes::unpack(whole, kAddress);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x40);
    const auto read = SharedNotes::unpack(flipped, kAddress);
    // Some bits of the frame's head mean nothing; the checksum covers what is in it.
    EXPECT_TRUE(!read || read->size() == original->size()) << at;
  }
}

TEST(SharedNotesTest, ALabelThatComesTwiceIsRefused) {
  std::vector<TaskNotes> notes = two_notes();
  notes.push_back(notes.front());
  const auto twice = pack_shared_notes(kAddress, notes);
  EXPECT_FALSE(SharedNotes::unpack(twice->bytes, kAddress).has_value());
}

TEST(SharedNotesTest, LimitsHoldAndOneMoreDoesNot) {
  const std::string whole = packed(kAddress);
  const std::size_t unpacked = SharedNotes::unpack(whole, kAddress)->bytes();
  const auto reads = [&](const SharedNotesLimits& limits) {
    return SharedNotes::unpack(whole, kAddress, limits).has_value();
  };
  EXPECT_TRUE(reads({.unpacked_bytes_max = unpacked}));
  EXPECT_FALSE(reads({.unpacked_bytes_max = unpacked - 1}));
  EXPECT_TRUE(reads({.packed_bytes_max = whole.size()}));
  EXPECT_FALSE(reads({.packed_bytes_max = whole.size() - 1}));
  EXPECT_TRUE(reads({.notes_max = 2}));
  EXPECT_FALSE(reads({.notes_max = 1}));
}

TEST(SharedNotesTest, WhatIsPastALimitIsLeftOut) {
  const std::size_t unpacked = SharedNotes::unpack(packed(kAddress), kAddress)->bytes();
  const auto count = [&](const SharedNotesLimits& limits) {
    return SharedNotes::unpack(packed(kAddress, limits), kAddress)->size();
  };
  EXPECT_EQ(count({.unpacked_bytes_max = unpacked}), 2U);
  EXPECT_EQ(count({.unpacked_bytes_max = unpacked - 1}), 1U);
  EXPECT_EQ(count({.notes_max = 1}), 1U);
}

TEST(SharedNotesTest, ContentIsThatOfTheKeysAndNotOfTheTime) {
  std::vector<TaskNotes> notes = two_notes();
  const auto content = [&] { return pack_shared_notes(kAddress, notes)->content; };
  const Digest first = content();
  notes[0].time += std::chrono::seconds(1);
  EXPECT_EQ(content(), first);
  notes[0].result = NotedResult::failed;
  EXPECT_NE(content(), first);
  notes[0].result = NotedResult::good;
  notes[0].key = sha256("another");
  EXPECT_NE(content(), first);
}

TEST(SharedNotesTest, OnlyTrustedScopesAreTrusted) {
  for (const std::string_view scope : {"default", "trusted", "trusted/456789"}) {
    EXPECT_TRUE(is_trusted_scope(scope)) << scope;
  }
  for (const std::string_view scope :
       {"", "pr/456789/17", "branch/1/x", "user/alice", "trustedx", "default/x", "pr/trusted/1"}) {
    EXPECT_FALSE(is_trusted_scope(scope)) << scope;
  }
}

}  // namespace
}  // namespace vc::agent
