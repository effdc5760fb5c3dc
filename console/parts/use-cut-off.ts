// Whether the network has gone and the service with it. A service on this very machine answers without any network.

import { useLayoutEffect, useState } from 'preact/hooks';
import { serviceAnswers } from './service-answers.ts';

/** Looked at whenever the machine leaves the network or is back on it. */
export function useCutOff(): boolean {
  const [isCutOff, setCutOff] = useState(false);
  useLayoutEffect(() => {
    let latest = 0;
    const look = async () => {
      const turn = ++latest;
      const isReached = navigator.onLine || (await serviceAnswers());
      if (turn === latest) setCutOff(!isReached);
    };
    void look();
    addEventListener('offline', look);
    addEventListener('online', look);
    return () => {
      latest++;
      removeEventListener('offline', look);
      removeEventListener('online', look);
    };
  }, []);
  return isCutOff;
}
