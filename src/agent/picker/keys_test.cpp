#include "agent/picker/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Key key(KeyKind kind) {
  return {.kind = kind};
}

Key letter(char c) {
  return {.kind = KeyKind::text, .byte = c};
}

TEST(Keys, AreReadFromBothKindsOfSequence) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.feed("\x1b[A\x1b[1;5B\x1bOA\x1b[H\x1b[F"),
              ElementsAre(key(KeyKind::up), key(KeyKind::down), key(KeyKind::up),
                          key(KeyKind::first), key(KeyKind::last)));
  EXPECT_THAT(decoder.feed("b\x7f\r\x03\x04"),
              ElementsAre(letter('b'), key(KeyKind::erase), key(KeyKind::enter),
                          key(KeyKind::interrupt), key(KeyKind::escape)));
  EXPECT_FALSE(decoder.is_waiting());
}

TEST(Keys, MayComeInPieces) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.feed("\x1b"), IsEmpty());
  EXPECT_TRUE(decoder.is_waiting());
  EXPECT_THAT(decoder.feed("["), IsEmpty());
  EXPECT_THAT(decoder.feed("Ax"), ElementsAre(key(KeyKind::up), letter('x')));
}

TEST(Keys, AnEscapeThatNothingFollowsIsTheKey) {
  KeyDecoder decoder;
  decoder.feed("\x1b");
  EXPECT_THAT(decoder.give_up_waiting(), ElementsAre(key(KeyKind::escape)));
  EXPECT_FALSE(decoder.is_waiting());
  decoder.feed("\x1b[");
  EXPECT_THAT(decoder.give_up_waiting(), IsEmpty());
  EXPECT_THAT(decoder.feed("\x1b\x1b[A"), ElementsAre(key(KeyKind::escape), key(KeyKind::up)));
}

TEST(Keys, UnknownSequencesAreNone) {
  KeyDecoder decoder;
  EXPECT_THAT(decoder.feed("\x1b[3~\x1b[200~\x1bx\x1bOP\x01\x1a"), IsEmpty());
  EXPECT_THAT(decoder.feed("\x1b[" + std::string(1000, '1')), IsEmpty());
  EXPECT_FALSE(decoder.is_waiting()) << "a sequence without an end is not kept for ever";
}

}  // namespace
}  // namespace vc::agent
