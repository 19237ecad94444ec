/* SHA-256 with the x86 SHA instructions, for which .NET 10 has no class: to be deleted when it has one (docs/BUILDING.md).
   Called only where CPUID shows the instructions (Native/Sha256Instructions.cs). Nothing here on other processors. */
#ifdef __x86_64__
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define SHA __attribute__((target("sha,sse4.1,ssse3")))

/* a…h as the instructions want them: ABEF and CDGH. */
struct state {
    __m128i abef, cdgh;
};

SHA static inline struct state load(const uint32_t *words)
{
    __m128i dcba = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)words), 0xB1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(words + 4)), 0x1B);
    struct state s = { _mm_alignr_epi8(dcba, hgfe, 8), _mm_blend_epi16(hgfe, dcba, 0xF0) };
    return s;
}

SHA static inline void store(uint32_t *words, struct state s)
{
    __m128i feba = _mm_shuffle_epi32(s.abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(s.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)words, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(words + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#define ROUNDS(s, wk) \
    (s).cdgh = _mm_sha256rnds2_epu32((s).cdgh, (s).abef, wk); \
    (s).abef = _mm_sha256rnds2_epu32((s).abef, (s).cdgh, _mm_shuffle_epi32(wk, 0x0E))

/* Four rounds; the second state has the same blocks and so the same message schedule. */
#define GROUP(i) do { \
        __m128i wk = _mm_add_epi32(w[i], _mm_loadu_si128((const __m128i *)(k + 4 * (i)))); \
        ROUNDS(s, wk); \
        if (both) { \
            ROUNDS(t, wk); \
        } \
    } while (0)

#define SCHEDULE(i) \
    w[i] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[i], w[((i) + 1) & 3]), \
        _mm_alignr_epi8(w[((i) + 3) & 3], w[((i) + 2) & 3], 4)), w[((i) + 3) & 3])

SHA __attribute__((always_inline)) static inline void run(uint32_t *first, uint32_t *second, const uint8_t *data, size_t blocks,
    const uint32_t *constants, const int both)
{
    const __m128i swap = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    struct state s = load(first), t = load(both ? second : first);
    for (; blocks > 0; blocks--, data += 64) {
        const struct state s0 = s, t0 = t;
        const uint32_t *k = constants;
        __m128i w[4];
        for (int i = 0; i < 4; i++) {
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data + 16 * i)), swap);
        }
        for (int i = 0; i < 3; i++, k += 16) {
            GROUP(0); SCHEDULE(0);
            GROUP(1); SCHEDULE(1);
            GROUP(2); SCHEDULE(2);
            GROUP(3); SCHEDULE(3);
        }
        GROUP(0);
        GROUP(1);
        GROUP(2);
        GROUP(3);
        s.abef = _mm_add_epi32(s.abef, s0.abef);
        s.cdgh = _mm_add_epi32(s.cdgh, s0.cdgh);
        if (both) {
            t.abef = _mm_add_epi32(t.abef, t0.abef);
            t.cdgh = _mm_add_epi32(t.cdgh, t0.cdgh);
        }
    }
    store(first, s);
    if (both) {
        store(second, t);
    }
}

/* Takes whole blocks of 64 bytes into one state, or into two (second not NULL). constants: the 64 of FIPS 180-4. */
SHA void epollsrv_sha256(uint32_t *first, uint32_t *second, const uint8_t *data, size_t blocks, const uint32_t *constants)
{
    if (second != NULL) {
        run(first, second, data, blocks, constants, 1);
    } else {
        run(first, NULL, data, blocks, constants, 0);
    }
}
#endif
