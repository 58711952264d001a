/** Lists that go further back than what is kept: the newest come with the line, older ones by page. */

import { useCallback, useEffect, useMemo, useState } from "react";
import { get } from "../api/client";
import { usePast, useRoom } from "./context";

const PAGE = 200;

export function useOlder<Row extends { seq: number }>(path: string, field: string, newest: readonly Row[], query: Record<string, string | null> = {}) {
  const { state } = useRoom();
  const { seq } = usePast();
  const [older, setOlder] = useState<Row[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [isAll, setAll] = useState(false);
  const [problem, setProblem] = useState("");
  const key = JSON.stringify([state, seq, query]);
  useEffect(() => {
    setOlder([]);
    setAll(false);
    setProblem("");
  }, [key]);
  const rows = useMemo(() => {
    const first = newest[0]?.seq ?? Number.POSITIVE_INFINITY;
    return [...older.filter((row) => row.seq < first), ...newest];
  }, [older, newest]);
  const before = rows[0]?.seq ?? null;
  const more = useCallback(async () => {
    setBusy(true);
    setProblem("");
    try {
      const found = await get<Record<string, Row[]>>(path, { state, before_seq: before ?? seq, count: PAGE, ...(JSON.parse(key) as [string, number, Record<string, string>])[2] });
      const page = [...(found[field] ?? [])].sort((a, b) => a.seq - b.seq);
      if (page.length < PAGE) setAll(true);
      setOlder((old) => [...page.filter((row) => !old.some((one) => one.seq === row.seq)), ...old]);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }, [path, field, state, before, seq, key]);
  return { rows, more, isBusy, isAll, problem };
}
