namespace Epollsrv.Store;
#pragma warning disable CS1591
public sealed unsafe partial class StoreAccess
{
    public StoreResult Put(byte* key, int keyLength, ulong hash, byte* value, int valueLength, ChangeNote note, long expireAt = NoExpiry, EntryFlags flags = EntryFlags.None) => Writer.Put(key, keyLength, hash, value, valueLength, note, expireAt, flags);
    public StoreResult Put(byte* key, int keyLength, ulong hash, LargeValue* value, ChangeNote note, long expireAt = NoExpiry, EntryFlags flags = EntryFlags.None) => Writer.Put(key, keyLength, hash, value, note, expireAt, flags);
    public void Delete(Entry* entry, ulong hash, ChangeNote note) => Writer.Delete(entry, hash, note);
    public bool Delete(byte* key, int keyLength, ulong hash, ChangeNote note) => Writer.Delete(key, keyLength, hash, note);
    public bool SetExpiry(Entry* entry, ulong hash, long expireAt, ChangeNote note) => Writer.SetExpiry(entry, hash, expireAt, note);
    public LargeValue* AllocateLarge(long length) => Memory.AllocateLarge(length);
    public LargeValue* ReserveLarge(long length) => Memory.ReserveLarge(length);
    public bool TryAdopt(LargeValue* block, long length) => Memory.TryAdopt(block, length);
    public int EvictStep(int keys) => Memory.EvictStep(keys);
    public bool TryEnterForEdit(byte* key, int keyLength, ulong hash, bool mayCopy, out Entry* entry) => Editor.TryEnter(key, keyLength, hash, mayCopy, out entry);
    public byte* Edit(byte* key, int keyLength, ulong hash, Entry* entry, long newLength) => Editor.Begin(key, keyLength, hash, entry, newLength);
    public void CommitEdit(long offset, long length, ChangeNote note) => Editor.Commit(offset, length, note);
    public void BeginGroup(bool oneRecord) => Group.Begin(oneRecord);
    public void EndGroup() => Group.End();
    public bool IsGrouped => Group.IsOpen;
    public bool IsOutermostGroup => Group.IsOutermost;
    public bool IsOneRecord => Group.IsOneRecord;
    public void PlanPut(byte* key, int keyLength, ulong hash, long valueLength, bool expires) => Group.PlanPut(key, keyLength, hash, valueLength, expires);
    public void PlanBlock(long length) => Group.PlanBlock(length);
    public bool TryMakeRoom(out bool planAgain) => Group.TryMakeRoom(out planAgain);
    public void Tell(byte* key, int keyLength, ulong hash, ChangeName name) => Effects.Tell(key, keyLength, hash, name);
    public ulong Scan(ulong cursor, int atLeast, delegate*<void*, Entry*, void> visit, void* state) => KeyScan.Next(this, cursor, atLeast, visit, state);
    public Entry* EnterRandomKey() => KeyScan.EnterRandom(this);
    public void Watch(byte* key, int keyLength, ulong hash, int* dirty) => KeyWatches.Add(this, key, keyLength, hash, dirty);
    public void Unwatch(int* dirty, ulong mask) => KeyWatches.Remove(this, dirty, mask);
    public bool IsDirty(int* dirty, ulong mask) => KeyWatches.IsDirty(this, dirty, mask);
    public long IdleMilliseconds(Entry* entry) => entry->IdleMilliseconds(Now);
    public int Frequency(Entry* entry) => entry->Frequency(Now);
    public void SetIdle(Entry* entry, long idle) => entry->SetIdle(idle, Now);
    public void SetFrequency(Entry* entry, int frequency) => entry->SetFrequency(frequency, Now);
    public static long MemoryOf(Entry* entry) => entry->MemoryBytes;
    public static LargeValue* Pin(Entry* entry) => entry->PinValue();
    public static bool IsLargeValue(int keyLength, long valueLength) => Entry.IsLargeValue(keyLength, valueLength);
    public static void SetFlags(Entry* entry, EntryFlags flags) => entry->SetCallerBits(flags);
    public Entry* Find(byte* key, int keyLength, ulong hash) => Keys.LookupRead(key, keyLength, hash);
    public Entry* Look(byte* key, int keyLength, ulong hash) => Keys.LookupReadNoTouch(key, keyLength, hash);
    public Entry* FindForWrite(byte* key, int keyLength, ulong hash) => Keys.LookupWrite(key, keyLength, hash);
    public Entry* Peek(byte* key, int keyLength, ulong hash) => Keys.LookupNoEffects(key, keyLength, hash);
    public void Touch(Entry* entry) => Keys.Touch(entry);
    private ExpirySweep? _oldSweep;
    public SweepPosition SweepPosition { get => (_oldSweep ??= new(this)).Position; set => (_oldSweep ??= new(this)).Position = value; }
    public SweepResult ExpireStep(int steps) => (_oldSweep ??= new(this)).Step(steps);
}
