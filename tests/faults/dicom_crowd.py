#!/usr/bin/env python3
"""Many C-FINDs of a whole worklist at once, over an association each; every other one cancels within.

Usage: dicom_crowd.py PORT COUNT SEED   prints
{"answers": [[final status, answers before it, whether it cancelled], …], "failures": […]}"""

import json
import random
import sys
import threading

from dicom import Ended, Modality, worklist_keys


def main():
    port, count, seed = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    dice, told, gate = random.Random(seed), {"answers": [], "failures": []}, threading.Barrier(count)

    def ask(cancel_after):
        modality = None
        try:
            modality = Modality(port, "FINDSCU", patience=60)
        except (OSError, Ended) as error:
            told["failures"].append(repr(error))
        gate.wait()
        if not modality:
            return
        try:
            told["answers"].append((*modality.find(worklist_keys(), cancel_after), cancel_after is not None))
            modality.release()
        except (OSError, Ended) as error:
            told["failures"].append(repr(error))

    threads = [threading.Thread(target=ask, args=(dice.randint(1, 100) if number % 2 else None,))
               for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
