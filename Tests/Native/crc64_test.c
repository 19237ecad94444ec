/* Compares the folding of Native/Crc64/crc64_x86.c with a checksum made bit by bit. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void epollsrv_crc64(uint64_t checksum, const uint8_t *data, size_t blocks, const uint64_t *keys, uint64_t *folded);

static uint64_t times_x(uint64_t value)
{
    return value & 1 ? value >> 1 ^ 0x95AC9329AC4BC9B5 : value >> 1;
}

static uint64_t power_of_x(int n)
{
    uint64_t value = 1ull << 63;
    while (n-- > 0)
        value = times_x(value);
    return value;
}

static uint64_t bit_by_bit(uint64_t checksum, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        checksum ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            checksum = times_x(checksum);
    }
    return checksum;
}

int main(void)
{
    static uint8_t data[16 * 70];
    uint64_t keys[2] = { power_of_x(191), power_of_x(127) }, folded[2];
#ifdef __x86_64__
    if (!__builtin_cpu_supports("pclmul")) {
        puts("crc64: not tried, the processor has no PCLMULQDQ");
        return 0;
    }
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)rand();
    for (size_t blocks = 1; blocks < 70; blocks++) {
        epollsrv_crc64(blocks * 0x123456789ABCDEF, data, blocks, keys, folded);
        if (bit_by_bit(0, (uint8_t *)folded, 16) != bit_by_bit(blocks * 0x123456789ABCDEF, data, 16 * blocks)) {
            printf("crc64: %zu blocks: wrong\n", blocks);
            return 1;
        }
    }
#endif
    puts("crc64: ok");
    return 0;
}
