// Requests to Google Cloud Storage and their V4 signatures under kRsaTestKey, as an independent
// implementation (Python's `cryptography`) made them.
//
// All were signed at 2026-01-02T03:04:05Z.
#pragma once

#include "core/testing/rsa_test_keys.hpp"
#include "storage/s3/canonical_request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::storage {

inline constexpr std::string_view kGcsTestEmail = "gateway@project.iam.gserviceaccount.com";

struct GcsVector {
  std::string name;
  SignableRequest request;
  int life_s = 0;
  std::string canonical_request;
  std::string signature;
};

inline const std::vector<GcsVector> kGcsVectors = {
    {.name = "get",
     .request = {.method = "GET", .host = "storage.googleapis.com", .path = "/velocity-cache/v1/k"},
     .life_s = 900,
     .canonical_request =
         "GET\n"
         "/velocity-cache/v1/k\n"
         "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=gateway%40project.iam.gs"
         "erviceaccount.com%2F20260102%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20"
         "260102T030405Z&X-Goog-Expires=900&X-Goog-SignedHeaders=host\n"
         "host:storage.googleapis.com\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "36657ff441cb93437c2dd664c31d67282cb7ac8df8318689a9a6983b074adc9892d4464bb96f"
                  "82dbeddf2f143e4ddad97fe4b554e25c873ce0a0abe65f2729537acd5f2aadab971f77f62502"
                  "32e88960ec2dddda35798652e9bd919b5ec04e66b875210fc875bf429e78efab717806c76c96"
                  "fad263c1c3b9dcbd395f0cdec447f0de2bc5f9a78f122b0ee7af13f8933ea736fa77103d21c1"
                  "435a567f1f5bd44be908172509987ea32fd25e28ac693c738bf9e3dbe048a4b686a209314de3"
                  "442b2c7f04ad975c561e28aedf7052f572c228aec36fe2137d4163cd3cadd891029896961995"
                  "f4a4a8d809881ee9cf385e2aeb9ba12cf243a3f9f7442081553a1aad"},
    {.name = "upload-ticket",
     .request = {.method = "PUT",
                 .host = "storage.googleapis.com",
                 .path = "/velocity-cache/team/v1/k",
                 .headers = {{"Content-Length", "1000"},
                             {"x-goog-if-generation-match", "0"},
                             {"x-goog-meta-vcmeta", "eyJzY29wZSI6ImRlZmF1bHQifQ"},
                             {"Content-MD5", "e69YYcTP67Azpev1B8t/Sw=="}}},
     .life_s = 900,
     .canonical_request =
         "PUT\n"
         "/velocity-cache/team/v1/k\n"
         "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=gateway%40project.iam.gs"
         "erviceaccount.com%2F20260102%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20"
         "260102T030405Z&X-Goog-Expires=900&X-Goog-SignedHeaders=content-length%3Bcont"
         "ent-md5%3Bhost%3Bx-goog-if-generation-match%3Bx-goog-meta-vcmeta\n"
         "content-length:1000\n"
         "content-md5:e69YYcTP67Azpev1B8t/Sw==\n"
         "host:storage.googleapis.com\n"
         "x-goog-if-generation-match:0\n"
         "x-goog-meta-vcmeta:eyJzY29wZSI6ImRlZmF1bHQifQ\n"
         "\n"
         "content-length;content-md5;host;x-goog-if-generation-match;x-goog-meta-vcmet"
         "a\n"
         "UNSIGNED-PAYLOAD",
     .signature = "9d1ffbf8c18c325124abaedce66904596433ae234f5da2a09951d1ad8f176050580e6ce00e2c"
                  "e216440fe228fc4a8332224ce67e252021af16388f8120472e9762182c3e76dfd4cc1328c5cf"
                  "8d6e0e455c15e289ab8b22252b6b65be3c7bdd034b92e18392a779dc8dd605c7eabaedb39e64"
                  "011b304d2bb46e77bc5cecd954d27f8736147189378a1be582e046791f195c9e2d6293287386"
                  "0056e47045873e57c5356725b88e35399ed9dd18c022e5f639ce8f575f866283d164e0c0ae59"
                  "b714b01682e824299557488e96a63e0926b53a09191816f35ed4947c09829531d40b01722b91"
                  "f1a852ba6147fd614195382e9ee3054519962644b955525cfb7c983b"},
    {.name = "slashes-stay",
     .request = {.method = "GET",
                 .host = "storage.googleapis.com",
                 .path = "/velocity-cache//a/b//c"},
     .life_s = 1,
     .canonical_request =
         "GET\n"
         "/velocity-cache//a/b//c\n"
         "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=gateway%40project.iam.gs"
         "erviceaccount.com%2F20260102%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20"
         "260102T030405Z&X-Goog-Expires=1&X-Goog-SignedHeaders=host\n"
         "host:storage.googleapis.com\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "93cf1a92549d3c2b1cb7cebf7a87e02b9559c694426d1b472d0d0ec64ec0a2843aacf7274966"
                  "f0a37ac4a78086bbb2ffc1e7d4d8df91dd38e078ef49baf5ec2b7791c1ace47d5fc75c6d80eb"
                  "4cdd2b29583fca8e15cd2ffd2c16ded424926d6735bc4c47450226c7d97110565f55e0e2d7fa"
                  "dcd7d1b4f0e628184f422c416846089ed163683df50723e3f3bbae23c1231973a7f9d5757822"
                  "847ada71daec66a58ae39ec698cf3d5f22e458f48025801581de2335def4749490d849de3aa4"
                  "70169fec62ebe775d729c419774d06fea2053d508277600e6ea312d47859ebb8ddce0c04b075"
                  "9365783605cc4abe8b03a3078176ee4a1704b27f3c9e9d6c8c283ea0"},
    {.name = "emulator-with-port",
     .request = {.method = "HEAD", .host = "127.0.0.1:4443", .path = "/velocity-cache/k"},
     .life_s = 604800,
     .canonical_request =
         "HEAD\n"
         "/velocity-cache/k\n"
         "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=gateway%40project.iam.gs"
         "erviceaccount.com%2F20260102%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20"
         "260102T030405Z&X-Goog-Expires=604800&X-Goog-SignedHeaders=host\n"
         "host:127.0.0.1:4443\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "5679dc8e58bf404b8d4dc20103117b6d62d3d1c48eb09ac326630bab29b51924fbc274714992"
                  "dda1445699048da66886bece36a73a79b5f3cf6e16e6b4ea6797bb2e219e708322699f8be0a5"
                  "430f45bde18adbc8d283268b89d8f18145403fddbb222deccc039b950ba84d9e33270a46936e"
                  "3c192b816a35ae7d46880591f126153dfdbef34e6dfaaa2500cb9021ac2bc3447815e22d907d"
                  "51a6966db6ab3c742a116c40dae996544092f3f3ce91e624a17d90ed0730820030be37a87564"
                  "d7f2e396e1f50d9166078c5e027039bd2442f791a5d7916248920fb8bced14de16b0436c201e"
                  "ecad0d85d00417ee52b4fbe66c9fb2d54dc9b437d1ed48878f3e73ab"},
    {.name = "headers-trimmed-and-sorted",
     .request = {.method = "PUT",
                 .host = "storage.googleapis.com",
                 .path = "/velocity-cache/k",
                 .headers = {{"X-Goog-Meta-B", "  two \t\twords\t"},
                             {"x-goog-meta-a", "1,2"},
                             {"BAR", "a:b"}}},
     .life_s = 10,
     .canonical_request =
         "PUT\n"
         "/velocity-cache/k\n"
         "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=gateway%40project.iam.gs"
         "erviceaccount.com%2F20260102%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20"
         "260102T030405Z&X-Goog-Expires=10&X-Goog-SignedHeaders=bar%3Bhost%3Bx-goog-me"
         "ta-a%3Bx-goog-meta-b\n"
         "bar:a:b\n"
         "host:storage.googleapis.com\n"
         "x-goog-meta-a:1,2\n"
         "x-goog-meta-b:two words\n"
         "\n"
         "bar;host;x-goog-meta-a;x-goog-meta-b\n"
         "UNSIGNED-PAYLOAD",
     .signature = "a73470bc6a6f09cd293309018a3f0486fb9aa9b6273bd54217e77f274d8773dd1a6af646e953"
                  "05bc06e1d4ea7abc24c5e740dc166cf51e149c2b225e865283171422da47629d224965c9aded"
                  "fa5ba228ef55ee2447cd822dc55dcb9100a0379a906c46de711ad293c1c27055fd0ab6384c94"
                  "6b0d8ca705a858222b473d706a9ed16c15b49342096271b97fa583f119be9922afa6e4c952af"
                  "a203b6d1330b7550453721b49308d05e4e193a2a9c59a704617b5c63ec59c1fdda7801c2acd5"
                  "3d94c3dde3db340d3a0ed69a23f6faf73b7cb3c42a78dafeede943f6ac70435e4149c3cf4876"
                  "5f40c642646e1311d4c5b8035954b17619189a9f3e4c40304a232133"},
    {.name = "query-encoded-and-sorted",
     .request = {.method = "GET",
                 .host = "storage.googleapis.com",
                 .path = "/velocity-cache/a b+c~d/\xc3"
                         "\xbc"
                         "",
                 .query = {{"prefix", "a/b?"},
                           {"aA", "0"},
                           {"max keys",
                            "\xc3"
                            "\xa9"
                            "&="}}},
     .life_s = 60,
     .canonical_request =
         "GET\n"
         "/velocity-cache/a%20b%2Bc~d/%C3%BC\n"
         "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=gateway%40project.iam.gs"
         "erviceaccount.com%2F20260102%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20"
         "260102T030405Z&X-Goog-Expires=60&X-Goog-SignedHeaders=host&aA=0&max%20keys=%"
         "C3%A9%26%3D&prefix=a%2Fb%3F\n"
         "host:storage.googleapis.com\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "8ead73442bd919a3660ea6178e97d90dac073cb350db37535f1db41e0cb0222dbb9e6cda5c32"
                  "4fa3212e7281d0156b757395c57843b255f269879b6f5532bc414683cd450ef0b35c001a3dbc"
                  "3e6a5d096fbfe30a9704fe4134386ad55d110fe4df91c0f9b0ea8a0827941ad287692774e621"
                  "6fe1538f248f28dead28899c610a6bcfe20997a29579315b457c24ca43c174aa886def6e02d7"
                  "b8827dd6cca972bebc65c0bd024cd63f379f46e902709955623a9feab21ac2f78cbd5d8cff00"
                  "6380d5a0bdde2cf1592b001a6618f460ca273b25d5d4976dbd9c231b6bb5b156284457ca92ca"
                  "9643edfa688c57823c7e653d84a0185ec829527d5b38aee5c0fc13ee"},
    {.name = "bucket",
     .request = {.method = "GET", .host = "velocity-cache.storage.googleapis.com", .path = "/"},
     .life_s = 60,
     .canonical_request =
         "GET\n"
         "/\n"
         "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=gateway%40project.iam.gs"
         "erviceaccount.com%2F20260102%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20"
         "260102T030405Z&X-Goog-Expires=60&X-Goog-SignedHeaders=host\n"
         "host:velocity-cache.storage.googleapis.com\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "3aab4d314743f7bd8cba7a4954fe75aaaceca2f7ea4422213f274130096c135391ffaaee8849"
                  "1e2f588adde3124d5399f00800ed7c2ca84340c8846e204ddec113346705fed96fc7faf1c74a"
                  "3cfbf92705f5c8163cd33b86f02ce4daf1498ebbcbd502ddf77f3ac13e5b6e87f91a738bdfdc"
                  "a6f62a3361d478e74a692c917835c358cf0867e26a32d6b5a848b527393feb906f16da0f0fdb"
                  "ec4b242016c53a04157e2c19b343fe685d3aacba5c52fc8cc006f3ec337266573ad82eed417a"
                  "dd6cf6d38d0f057ed4b202b2e7951bb777e9754ce515c8e0d45a0e4a3f8007a2569254d56cda"
                  "1d232e3b6b99589c2856a51faa3f23e0b282fae71bbb83613ff66325"},
};

}  // namespace vc::storage
