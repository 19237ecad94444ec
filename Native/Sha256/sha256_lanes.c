/* Eight SHA-256 side by side in the 32-bit lanes of AVX2 registers, for processors without SHA instructions. In C because the native
   compiler of .NET 10 folds Avx2.IsSupported to false in a program for baseline processors (docs/BUILDING.md); to be deleted when it does not.
   Called only where CPUID shows AVX2 (Native/Sha256Instructions.cs). Nothing here on other processors. */
#ifdef __x86_64__
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(32)));

#define AVX2 __attribute__((target("avx2")))

/* Macros, because a vector as an argument would need AVX in the caller's ABI as well. */
#define TURN(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
#define CHOOSE(e, f, g) ((TURN(e, 6) ^ TURN(e, 11) ^ TURN(e, 25)) + ((g) ^ ((e) & ((f) ^ (g)))))
#define MAJORITY(a, b, c) ((TURN(a, 2) ^ TURN(a, 13) ^ TURN(a, 22)) + (((a) & (b)) | ((c) & ((a) | (b)))))
#define ROUND(a, b, c, d, e, f, g, h, i) \
    h += CHOOSE(e, f, g) + w[i] + k[i]; \
    d += h; \
    h += MAJORITY(a, b, c)

/* Word i of message j is at states[8 i + j]. constants: the 64 of FIPS 180-4. */
AVX2 void epollsrv_sha256_lanes(uint32_t *states, const uint8_t *const *data, size_t blocks, const uint32_t *constants)
{
    lanes s[8], w[64];
    memcpy(s, states, sizeof s);
    for (size_t block = 0; block < blocks; block++) {
        for (int i = 0; i < 16; i++) {
            uint32_t words[8];
            for (int j = 0; j < 8; j++) {
                memcpy(words + j, data[j] + 64 * block + 4 * i, 4);
                words[j] = __builtin_bswap32(words[j]);
            }
            memcpy(w + i, words, sizeof words);
        }
        for (int i = 16; i < 64; i++) {
            lanes early = w[i - 15], late = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (TURN(early, 7) ^ TURN(early, 18) ^ (early >> 3)) + (TURN(late, 17) ^ TURN(late, 19) ^ (late >> 10));
        }
        lanes a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
        for (int n = 0; n < 64; n += 8) {
            const uint32_t *k = constants + n;
            const lanes *const wn = w + n;
#define w wn
            ROUND(a, b, c, d, e, f, g, h, 0);
            ROUND(h, a, b, c, d, e, f, g, 1);
            ROUND(g, h, a, b, c, d, e, f, 2);
            ROUND(f, g, h, a, b, c, d, e, 3);
            ROUND(e, f, g, h, a, b, c, d, 4);
            ROUND(d, e, f, g, h, a, b, c, 5);
            ROUND(c, d, e, f, g, h, a, b, 6);
            ROUND(b, c, d, e, f, g, h, a, 7);
#undef w
        }
        s[0] += a;
        s[1] += b;
        s[2] += c;
        s[3] += d;
        s[4] += e;
        s[5] += f;
        s[6] += g;
        s[7] += h;
    }
    memcpy(states, s, sizeof s);
}

/* XCR0: which registers the kernel saves. Only where CPUID has OSXSAVE. */
long epollsrv_vector_state(void)
{
    uint32_t low, high;
    __asm__ volatile ("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (long)low;
}
#endif
